import { describeWith } from '@lexigraft/test-support';
import { loadWebgpu } from '../support/load-tfjs.ts';
import { describeTraining } from './describe-training.ts';

describeWith('webgpu', 'on a GPU in software', () => {
  describeTraining('training on WebGPU', loadWebgpu, 'webgpu', 2e-3);
});
