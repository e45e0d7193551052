/**
 * Completes package-lock.json with the optional packages of other platforms.
 *
 * A registry mirror may lack packages for systems it does not serve; npm then leaves them out of the lock file without a word, and `npm ci` refuses the
 * file as incomplete. Their versions are stated exactly by the packages that ask for them, so they can be entered by name: npm skips them on systems they
 * are not for, and fetches them on those they are. Run it after `npm install`: `node tools/lockfile/complete.mjs`.
 */
import { readFileSync, writeFileSync } from 'node:fs';

const systems = ['android', 'darwin', 'freebsd', 'linux', 'netbsd', 'openbsd', 'openharmony', 'sunos', 'aix', 'win32'];
const processors = {
  x64: 'x64',
  arm64: 'arm64',
  arm: 'arm',
  armv7: 'arm',
  ia32: 'ia32',
  ppc64: 'ppc64',
  ppc64le: 'ppc64',
  riscv64: 'riscv64',
  s390x: 's390x',
  loong64: 'loong64',
  mips64el: 'mips64el',
  wasm32: 'wasm32',
};

/** What a platform package says of itself by its name. */
function platformOf(name) {
  const words = name.split(/[/-]/);
  const os = systems.find((system) => words.includes(system) || (system === 'win32' && words.includes('windows')));
  const cpu = words.map((word) => processors[word]).find((found) => found !== undefined);
  const libc = words.some((word) => word.startsWith('musl'))
    ? 'musl'
    : words.some((word) => word.startsWith('gnu')) && os === 'linux'
      ? 'glibc'
      : undefined;
  return { ...(cpu && { cpu: [cpu] }), ...(os && { os: [os] }), ...(libc && { libc: [libc] }) };
}

/** Where Node would look for `name` from the package at `path`. */
function* places(path, name) {
  for (let folder = path; ; folder = folder.slice(0, Math.max(0, folder.lastIndexOf('node_modules/') - 1))) {
    yield folder === '' ? `node_modules/${name}` : `${folder}/node_modules/${name}`;
    if (folder === '') return;
  }
}

const file = new URL('../../package-lock.json', import.meta.url);
const lock = JSON.parse(readFileSync(file, 'utf8'));
let added = 0;
// What is extraneous is left over from a tree that is no longer wanted.
lock.packages = Object.fromEntries(Object.entries(lock.packages).filter(([, entry]) => entry.extraneous !== true));
for (const [path, entry] of Object.entries(lock.packages)) {
  for (const [name, version] of Object.entries(entry.optionalDependencies ?? {})) {
    const known = [...places(path, name)].find((place) => place in lock.packages);
    if (known !== undefined && (lock.packages[known].version === version || !/^\d/.test(version))) continue;
    if (!/^\d+\.\d+\.\d+(-[\w.]+)?$/.test(version)) continue;
    const place = known === undefined ? `node_modules/${name}` : `${path}/node_modules/${name}`;
    lock.packages[place] = {
      version,
      ...platformOf(name),
      ...(entry.dev === true && { dev: true }),
      ...(entry.devOptional === true && { devOptional: true }),
      optional: true,
    };
    added++;
  }
}
lock.packages = Object.fromEntries(Object.entries(lock.packages).sort(([a], [b]) => (a < b ? -1 : a > b ? 1 : 0)));
writeFileSync(file, `${JSON.stringify(lock, null, 2)}\n`);
process.stdout.write(`${added} packages of other platforms entered.\n`);
