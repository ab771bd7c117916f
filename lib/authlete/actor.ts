/**
 * The party that acts for the user if it is not the client itself: one of the client's agents. The phone shows it, and every
 * token issued for the approval names it (`act`; RFC 8693, section 4.1).
 */
export interface Actor {
  /** The actor's identifier, unique at its issuer; 1 to 255 characters. */
  sub: string;
  /** The party that identified the actor, such as the issuer of its token. 1 to 255 characters. */
  iss?: string | undefined;
  /** What people call it, at most 100 characters: `Trip planner`. Without it the phone shows `sub`. */
  name?: string | undefined;
}
