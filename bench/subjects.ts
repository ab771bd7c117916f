export type Letter = 'a' | 'b' | 'c' | 'd' | 'e' | 'f' | 'g';

export interface Subject {
  letter: Letter;
  /** In `servers/`, without its ending. */
  file: string;
  title: string;
  /** This package. */
  ours: boolean;
}

export const subjects: Subject[] = [
  { letter: 'a', file: 'a-node-http', title: 'hand-written node:http', ours: false },
  { letter: 'b', file: 'b-express', title: 'hand-written Express', ours: false },
  { letter: 'c', file: 'c-authlete-sdk', title: 'Express on @authlete/typescript-sdk', ours: false },
  { letter: 'd', file: 'd-middleware-express', title: 'this middleware on Express', ours: true },
  { letter: 'e', file: 'e-middleware-node-http', title: 'this middleware on node:http', ours: true },
  { letter: 'f', file: 'f-middleware-embedded', title: 'this middleware on the embedded engine', ours: true },
  { letter: 'g', file: 'g-oidc-provider', title: 'oidc-provider', ours: false },
];
