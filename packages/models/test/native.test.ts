import { describeWith } from '@lexigraft/test-support';
import { describeArchitectures } from './support/describe-architectures.ts';
import { describeGolden } from './support/describe-golden.ts';
import { loadNative } from './support/load-tfjs.ts';

describeWith('native', 'on TensorFlow', () => {
  describeArchitectures('architectures on tfjs-node', loadNative, 1e-4);
  describeWith('shared', 'the reference', () => {
    describeGolden('on tfjs-node', loadNative, 1e-4);
  });
});
