#!/usr/bin/env bash
# Builds @tensorflow/tfjs-node where its own installation cannot download libtensorflow: takes the library from TensorFlow's Python wheel.
# Usage: build.sh FOLDER; afterwards programs started with NODE_PATH=FOLDER/node_modules find it. Needs pip (Python 3.9 to 3.11), g++, Node's headers.
set -euo pipefail
tfjs_node=4.22.0
# Newer by six releases than what the package itself would download; its library still exports the C interface that the binding was written against.
tensorflow=2.15.1

folder=${1:?"usage: build.sh FOLDER"}
headers=$(node -p "require('path').resolve(process.execPath, '../../include/node')")
[ -f "$headers/node_api.h" ] || { echo "build.sh: $headers has no node_api.h; install the headers of Node $(node --version)" >&2; exit 1; }

mkdir -p "$folder/wheel"
cd "$folder"
[ -f package.json ] || echo '{ "private": true }' >package.json
npm install --silent --ignore-scripts --no-audit --no-fund "@tensorflow/tfjs-node@$tfjs_node"
python3 -m pip download --quiet --disable-pip-version-check --no-deps --only-binary=:all: --dest wheel "tensorflow-cpu==$tensorflow"
python3 - wheel/tensorflow_cpu-*.whl <<'PYTHON'
import sys
import zipfile

with zipfile.ZipFile(sys.argv[1]) as wheel:
    wanted = ('tensorflow/libtensorflow', 'tensorflow/include/tensorflow/', 'tensorflow/include/tsl/', 'tensorflow/include/xla/')
    wheel.extractall('wheel', [name for name in wheel.namelist() if name.startswith(wanted)])
PYTHON
rm wheel/*.whl

package=node_modules/@tensorflow/tfjs-node
mkdir -p "$package/lib/napi-v8" "$package/deps/lib"
for library in libtensorflow_cc libtensorflow_framework; do mv "wheel/tensorflow/$library.so.2" "$package/deps/lib/"; done
(
  cd "$package"
  g++ -O2 -fPIC -shared -std=c++17 -DNAPI_VERSION=8 -DNODE_GYP_MODULE_NAME=tfjs_binding -DBUILDING_NODE_EXTENSION \
    -I"$headers" -I. -I.. -I../../../wheel/tensorflow/include binding/tfjs_backend.cc binding/tfjs_binding.cc -o lib/napi-v8/tfjs_binding.node \
    -Ldeps/lib -l:libtensorflow_cc.so.2 -l:libtensorflow_framework.so.2 -Wl,-rpath,'$ORIGIN/../../deps/lib'
)
rm -r wheel
node -e "const tf = require('$PWD/$package'); if (tf.getBackend() !== 'tensorflow') throw new Error('its backend does not start');" 2>/dev/null ||
  { echo "build.sh: $PWD/$package was built but does not start; node -e \"require('$PWD/$package')\" says why" >&2; exit 1; }
echo "tfjs-node $tfjs_node with TensorFlow $tensorflow: NODE_PATH=$PWD/node_modules"
