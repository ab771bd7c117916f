/** What a person is shown of a request. For a short time only: lib/request-view takes its place. */
export interface RequestView {
  client: { id: string; name: string };
  bindingMessage?: string;
  /** Shown first, where the host declares `payment`. */
  payment?: { amount: string; payee: string };
  /** As worded. */
  scopes: string[];
  /** `authorization_details` as a person reads them. */
  details: { title: string; lines: { name: string; value: string }[] }[];
}
