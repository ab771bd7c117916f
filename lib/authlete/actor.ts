/**
 * Who acts for the user, where that is not the client itself: an agent of the client's. The phone shows it, and every
 * token of the approval names it (`act`; RFC 8693, section 4.1).
 */
export interface Actor {
  /** The actor's identifier, unique at its issuer; 1 to 255 characters. */
  sub: string;
  /** Who identified the actor: the issuer of its token, say. 1 to 255 characters. */
  iss?: string | undefined;
  /** What people call it, at most 100 characters: `Trip planner`. Without it the phone shows `sub`. */
  name?: string | undefined;
}
