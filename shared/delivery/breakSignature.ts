/** Changes the signature of a JWT, which is its third part, so that a bot must refuse the token. */
export function breakSignature(token: string): string {
  const start = token.lastIndexOf('.') + 1
  return `${token.slice(0, start)}${token[start] === 'A' ? 'B' : 'A'}${token.slice(start + 1)}`
}
