import type { Actor } from '../authlete/actor.js';
import type { AuthenticationRequest } from '../authlete/authentication-request.js';
import { detailView } from './detail-view.js';
import { RequestViewError } from './error.js';
import { localAmount } from './read-as-one.js';
import { scopeTexts } from './scope-texts.js';
import { englishRequestTexts, type RequestTexts } from './texts.js';
import type { DetailView, RequestView } from './types.js';
import { visibleText } from './visible-text.js';

// Characters, after invisible ones have been made visible. Far more than an honest client needs.
const maxName = 255;
const maxBindingMessage = 500;
const maxText = 500;
/** Maximum number of scopes, of resources, and of lines of details. */
const maxLines = 60;

/** The part of a request that is read. */
export type ReadableRequest = Pick<
  AuthenticationRequest,
  | 'clientId'
  | 'clientIdAlias'
  | 'clientName'
  | 'bindingMessage'
  | 'scopes'
  | 'dynamicScopes'
  | 'authorizationDetails'
  | 'resources'
> & { actor?: Actor | undefined };

/**
 * Turns a request into what a person reads: plain data, worded here rather than in the page, since what was shown is
 * what is signed. Members of `authorization_details` that belong together are one text (`89.90 EUR`), scopes are
 * described by what they allow, invisible characters are made visible. A request that is too large is refused, never cut.
 *
 * The texts still come from others: show them as text, each isolated from its surroundings (`<bdi>`).
 *
 * @param request what an `authenticate` hook gets: `transaction.request`, with `transaction.actor` as `actor`
 * @param texts the wording, English by default
 * @param payment the payment that the host declares, if any; an amount such as `1234.50 EUR` is written as usual in the language
 * @throws RequestViewError (`ERR_REQUEST_UNSHOWABLE`) that says what does not fit, or cannot be read
 * @example
 * ```ts
 * const { client, bindingMessage, details } = requestView(transaction.request);
 * details[0]; // { title: 'Payment', lines: [{ name: 'Amount', value: '89.90 EUR' }, ...] }
 * ```
 */
export function requestView(
  request: ReadableRequest,
  texts: RequestTexts = englishRequestTexts,
  payment?: { amount: string; payee: string },
): RequestView {
  const id = fitting(request.clientIdAlias ?? request.clientId, 'the client id', maxName);
  const name = request.clientName ? fitting(request.clientName, 'the client name', maxName) : id;
  const scopes = scopeTexts(request, texts).map((scope) => fitting(scope, 'the wording of a scope', maxText));
  const details = (request.authorizationDetails?.elements ?? []).map((detail) =>
    fittingDetail(detailView(detail, texts)),
  );
  const paid = payment && {
    amount: fitting(localAmount(payment.amount, texts.language), 'the amount of the payment', maxName),
    payee: fitting(payment.payee, 'the payee of the payment', maxName),
  };
  const resources = (request.resources ?? []).map((resource) => fitting(resource, 'a resource', maxText));
  requireFew(scopes, 'scopes');
  requireFew(resources, 'resources');
  requireFew(
    details.flatMap(({ title, lines }) => [title, ...lines]),
    'lines of authorization_details',
  );
  return {
    client: { id, name },
    ...(request.actor && { actor: actorView(request.actor) }),
    ...(request.bindingMessage && {
      bindingMessage: fitting(request.bindingMessage, 'the binding message', maxBindingMessage),
    }),
    ...(paid && { payment: paid }),
    scopes,
    details: paid ? withoutPayment(details, paid) : details,
    resources,
  };
}

function actorView({ sub, iss, name = sub }: Actor): NonNullable<RequestView['actor']> {
  const whole = (text: string) => fitting(text, 'the actor', maxName);
  return { sub: whole(sub), ...(iss !== undefined && { iss: whole(iss) }), name: whole(name) };
}

function fittingDetail({ title, lines }: DetailView): DetailView {
  return {
    title: fitting(title, 'a type of authorization_details', maxName),
    lines: lines.map(({ name, value, ...rest }) => ({
      ...rest,
      name: fitting(name, 'the name of a member of authorization_details', maxName),
      value: fitting(value, 'the value of a member of authorization_details', maxText),
    })),
  };
}

/** Amount and payee stand above the details already: reading both twice helps nobody. */
function withoutPayment(details: DetailView[], { amount, payee }: { amount: string; payee: string }): DetailView[] {
  const indexOf = ({ lines }: DetailView) => ({
    amount: lines.findIndex(({ value, isAmount }) => isAmount && value === amount),
    payee: lines.findIndex(({ value, isAmount }) => !isAmount && value === payee),
  });
  const paid = details.find((detail) => Object.values(indexOf(detail)).every((index) => index >= 0));
  if (paid === undefined) return details;
  const repeated = Object.values(indexOf(paid));
  const rest = { ...paid, lines: paid.lines.filter((_, index) => !repeated.includes(index)) };
  return details.flatMap((detail) => (detail !== paid ? [detail] : rest.lines.length > 0 ? [rest] : []));
}

function fitting(text: string, what: string, max: number): string {
  const visible = text.length > max ? text : visibleText(text);
  if (visible.length > max) throw new RequestViewError(`${what} is longer than ${max} characters`);
  return visible;
}

function requireFew(items: readonly unknown[], what: string): void {
  if (items.length > maxLines) throw new RequestViewError(`there are more than ${maxLines} ${what}`);
}
