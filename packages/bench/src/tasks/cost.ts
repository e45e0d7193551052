import { defineTask, type Task } from './task.ts';
import type { MetricValue } from './task-result.ts';

/** What {@link cost} measures. */
export interface CostOptions {
  /** The largest memory too, for which every job is given a process of its own: about a second a job. @default true */
  readonly memory?: boolean;
}

/**
 * What the model under test cost before any task: seconds by stage, the largest memory of the process that made it, and bytes written. In a bench
 * that runs in one process, the memory is the largest since its start.
 */
export function cost({ memory = true }: CostOptions = {}): Task {
  return defineTask<null>({
    id: 'cost',
    version: '1',
    models: ['causal', 'masked', 'classification'],
    needs: [],
    uses: [],
    // Seconds and bytes are the same either way, so the usual form keeps the address it had.
    settings: memory ? {} : { memory },
    measuresProcess: memory,
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
      const peaks = memory ? stages.flatMap(({ peakBytes }) => peakBytes ?? []) : [];
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
