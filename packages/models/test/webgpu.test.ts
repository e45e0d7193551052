import { describeWith } from '@lexigraft/test-support';
import { describeArchitectures } from './support/describe-architectures.ts';
import { describeGolden } from './support/describe-golden.ts';
import { loadWebgpu } from './support/load-tfjs.ts';

describeWith('webgpu', 'on a GPU in software', () => {
  describeArchitectures('architectures on WebGPU', loadWebgpu, 1e-3);
  describeWith('shared', 'the reference', () => {
    describeGolden('on WebGPU', loadWebgpu, 1e-3);
  });
});
