// The bank's customers. Yours come from a directory, and have their own passwords.

export interface Customer {
  subject: string;
  name: string;
  email: string;
}

const customers: Customer[] = [{ subject: 'alice', name: 'Alice Arendt', email: 'alice@example.com' }];

export function findCustomer(email: string): Customer | undefined {
  return customers.find((customer) => customer.email === email);
}

/** Anybody who knows the address may sign in: this is an example. */
export function checkPassword(email: string, password: string): Customer | undefined {
  return password === 'an example' ? findCustomer(email) : undefined;
}

/** Values of the claims that a client asks for. */
export function claimsOf({ subject }: { subject: string }): Record<string, unknown> {
  const customer = customers.find((each) => each.subject === subject);
  return { name: customer?.name, email: customer?.email };
}
