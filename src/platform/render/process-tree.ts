import { readdirSync, readFileSync } from 'node:fs';

const PAGE_BYTES = 4096;

interface Process {
  readonly pid: number;
  readonly parent: number;
  /** Memory that it shares with no other. */
  readonly ownBytes: number;
}

/** The children of a process with all that descend from them; none where there is no /proc. */
export function descendantsOf(pid: number): readonly Process[] {
  const all = processes();
  const found: Process[] = [];
  for (let parents = [pid]; parents.length > 0;) {
    const children = all.filter(({ parent }) => parents.includes(parent));
    found.push(...children);
    parents = children.map((child) => child.pid);
  }
  return found;
}

function processes(): readonly Process[] {
  try {
    return readdirSync('/proc').flatMap((name) => (/^\d+$/.test(name) ? (read(Number(name)) ?? []) : []));
  } catch {
    return [];
  }
}

function read(pid: number): Process | undefined {
  try {
    const stat = readFileSync(`/proc/${pid}/stat`, 'utf8');
    // behind the name, which may hold anything: state, parent
    const parent = Number(stat.slice(stat.lastIndexOf(')') + 2).split(' ')[1]);
    const [, resident = 0, shared = 0] = readFileSync(`/proc/${pid}/statm`, 'utf8').split(' ').map(Number);
    return { pid, parent, ownBytes: (resident - shared) * PAGE_BYTES };
  } catch {
    return undefined; // it has ended meanwhile
  }
}
