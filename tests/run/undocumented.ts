/** What `deno doc --json` prints, as far as it is needed here. */
export interface Docs {
  readonly nodes: Readonly<Record<string, { readonly symbols: readonly DocSymbol[] }>>;
}

interface DocSymbol {
  readonly name: string;
  readonly declarations: readonly Declaration[];
}

interface Declaration {
  readonly kind: string;
  readonly declarationKind: string;
  readonly location: Location;
  readonly jsDoc?: JsDoc;
  readonly def?: { readonly methods?: readonly Method[] };
}

interface Method {
  readonly name: string;
  readonly location: Location;
  readonly jsDoc?: JsDoc;
  readonly accessibility?: string;
}

interface Location {
  readonly filename: string;
  readonly line: number;
}

interface JsDoc {
  readonly doc?: string;
}

/**
 * The exports that say nothing of themselves: functions, classes, interfaces, types and constants,
 * and the methods of classes and interfaces. Fields may speak by their names and types, which
 * `deno doc --lint` does not let them. What is exported again from a package is not ours.
 *
 * @returns `path:line name` each
 */
export function undocumented({ nodes }: Docs): string[] {
  const found: string[] = [];
  for (const [module, { symbols }] of Object.entries(nodes)) {
    for (const { name, declarations } of symbols) {
      const [first] = declarations;
      if (first?.declarationKind !== "export" || first.location.filename !== module) continue;
      if (!declarations.some(isDocumented)) found.push(at(first.location, name));
      for (const method of first.def?.methods ?? []) {
        if (isDocumented(method) || isObvious(method)) continue;
        found.push(at(method.location, `${name}.${method.name}`));
      }
    }
  }
  return found.sort();
}

function isDocumented({ jsDoc }: { jsDoc?: JsDoc }): boolean {
  return Boolean(jsDoc?.doc?.trim());
}

/** What disposing does is said where the thing is made. */
function isObvious({ name, accessibility }: Method): boolean {
  return name.startsWith("[Symbol.") || accessibility === "private";
}

function at({ filename, line }: Location, name: string): string {
  return `${filename}:${line} ${name}`;
}
