import htm from "htm";
import { h, type VNode } from "preact";

/** Elements out of a template: `<p class=${name}>…</p>`. What is put in is text, never markup. */
export const html = (htm as unknown as Bindable).bind(h);

/** What htm is: its types say that it is a module. */
interface Bindable {
  bind(create: typeof h): (parts: TemplateStringsArray, ...values: unknown[]) => VNode;
}
