import { describeWith } from '@lexigraft/test-support';
import { loadNative } from '../support/load-tfjs.ts';
import { describeTraining } from './describe-training.ts';

describeWith('native', 'on TensorFlow', () => {
  describeTraining('training on tfjs-node', loadNative, 'tensorflow', 1e-4);
});
