import { defineTask, type Task } from './task.ts';
import type { MetricValue } from './task-result.ts';

/**
 * What the model under test cost before any task: seconds by stage, the largest memory of the process that made it, and bytes written. In a bench
 * that runs in one process, the memory is the largest since its start.
 */
export function cost(): Task {
  return defineTask<null>({
    id: 'cost',
    version: '1',
    models: ['causal', 'masked', 'classification'],
    needs: [],
    uses: [],
    settings: {},
    measuresProcess: true,
    load: () => Promise.resolve(null),
    async evaluate({ subject }) {
      // Made now if no task asked for it yet, so that every stage is there.
      await subject.model();
      const { stages, bytesWritten } = subject.cost;
      const metric = (id: string, value: number, unit: MetricValue['unit']): MetricValue => ({
        id,
        value,
        n: 1,
        higherIsBetter: false,
        unit,
      });
      const peaks = stages.flatMap(({ peakBytes }) => peakBytes ?? []);
      return {
        metrics: [
          metric(
            'seconds',
            stages.reduce((sum, { seconds }) => sum + seconds, 0),
            'seconds',
          ),
          ...(peaks.length > 0 ? [metric('peak-bytes', Math.max(...peaks), 'bytes')] : []),
          ...(bytesWritten === undefined ? [] : [metric('bytes-written', bytesWritten, 'bytes')]),
          ...stages.map(({ stage, seconds }) => metric(`seconds-${stage}`, seconds, 'seconds')),
        ],
      };
    },
  });
}
