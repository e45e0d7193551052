import { resourcesOfModel, type ResourceName } from '@lexigraft/core';
import type { CommandIo } from '../io.ts';
import { shorten } from '../screen/printable.ts';
import { SCREEN_WIDTH, wrap } from '../screen/wrap.ts';
import { strategiesOf, strategySummaries } from '../strategies.ts';
import { flagOf } from '../transfer/missing-resources.ts';
import { screenFor, type CommonFlags } from './common-flags.ts';

/** `lexigraft strategies`: what there is, what each needs and where it was published. */
export async function strategies(flags: CommonFlags, io: CommandIo): Promise<void> {
  const screen = screenFor(flags, io);
  const { registry, configured } = await strategiesOf(io.cwd);
  const list = await Promise.all(
    registry.ids.map(async (id) => {
      const { needs, citation } = await registry.loadByName(id);
      const summary = configured?.ids.includes(id) === true ? `from ${configured.file}` : strategySummaries[id];
      return { id, summary, needs: needs as readonly ResourceName[], citation };
    }),
  );
  const width = Math.max(...list.map(({ id }) => id.length));
  screen.line();
  for (const { id, summary, needs, citation } of list) {
    const [first, ...rest] = wrap(summary, SCREEN_WIDTH - width - 5);
    screen.line(`  ${screen.palette.strong(id.padEnd(width))}   ${first}`);
    for (const line of rest) screen.line(`  ${' '.repeat(width)}   ${line}`);
    // Some resources the program makes of the source model.
    const asked = needs.filter((name) => !resourcesOfModel.has(name));
    const needed = asked.length === 0 ? 'needs nothing else' : `needs ${asked.map(flagOf).join(' and ')}`;
    screen.line(
      `  ${' '.repeat(width)}   ${screen.palette.faint(`${needed} · ${shorten(citation.title, SCREEN_WIDTH - width - 8 - needed.length)}`)}`,
    );
  }
  screen.line();
  screen.line('  A plugin is used by name: --strategy npm:its-package. See docs/write-a-strategy.md');
  screen.result({ command: 'strategies', strategies: list });
}
