import connectPgSimple from 'connect-pg-simple';
import express, { type Request, type RequestHandler, type Router } from 'express';
import session from 'express-session';
import type { Pool } from 'pg';
import { type Customer, checkPassword } from './users.js';

declare module 'express-session' {
  interface SessionData {
    customer: Customer;
    signedInAt: number;
  }
}

/** Milliseconds after signing in for which a phone may be set up. */
const freshness = 300_000;

export interface Login {
  /** Mount it before routes that need to know the signed-in customer. */
  sessions: RequestHandler;
  /** `/login`. */
  router: Router;
  close(): void;
}

/** Sessions in PostgreSQL, which all processes share, and a login page. */
export function login(pool: Pool, { secret, secure }: { secret: string; secure: boolean }): Login {
  const store = new (connectPgSimple(session))({ pool, tableName: 'bank_session' });
  const sessions = session({
    store,
    secret,
    resave: false,
    saveUninitialized: false,
    cookie: { httpOnly: true, sameSite: 'strict', secure, maxAge: 3_600_000 },
  });
  const router = express.Router();
  router.get('/login', (_req, res) => {
    res.send(`<!doctype html><html lang="en"><meta name="viewport" content="width=device-width"><title>Example Bank</title>
      <h1>Example Bank</h1><form method="post">
      <p><label>Email <input name="email" type="email" autocomplete="username" value="alice@example.com"></label>
      <p><label>Password <input name="password" type="password" autocomplete="current-password" value="an example"></label>
      <p><button>Sign in</button></form></html>`);
  });
  router.post('/login', sessions, express.urlencoded({ extended: false }), (req, res, next) => {
    const customer = checkPassword(String(req.body?.email), String(req.body?.password));
    if (customer === undefined) return void res.status(403).send('Email or password is wrong.');
    // A new session, since somebody else may have begun the old one.
    req.session.regenerate((error) => {
      if (error) return next(error);
      req.session.customer = customer;
      req.session.signedInAt = Date.now();
      req.session.save((problem) => (problem ? next(problem) : res.redirect(303, '/device/')));
    });
  });
  return { sessions, router, close: () => store.close() };
}

/** The signed-in customer. */
export function signedIn({ session }: Request): Customer | undefined {
  return session.customer;
}

/** Whether the customer has just signed in. */
export function hasJustSignedIn({ session }: Request): boolean {
  return session.signedInAt !== undefined && Date.now() - session.signedInAt < freshness;
}
