const broken = [];

// Loaded first, so that it also hears of what the packages do while they load.
addEventListener('securitypolicyviolation', ({ violatedDirective, blockedURI }) => {
  broken.push(`${violatedDirective} forbids ${blockedURI}`);
});

/** Runs a program and throws where anything that it did was against the page's policy. */
export async function allowed(program) {
  const result = await program();
  if (broken.length > 0) throw new Error(broken.join(', '));
  return result;
}
