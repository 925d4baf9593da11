/** Copies a text, and returns what the status line says about it. */
export async function copyText(text: string, what: string): Promise<string> {
  // Absent over HTTP, except at localhost.
  if (!('clipboard' in navigator)) throw new Error('the browser lets pages copy over HTTPS or at localhost only.')
  await navigator.clipboard.writeText(text)
  return `Copied ${what}.`
}

/** Lets the browser save a text or a blob as a file. */
export function saveFile(name: string, content: string | Blob, type = ''): void {
  const url = URL.createObjectURL(typeof content === 'string' ? new Blob([content], { type }) : content)
  const link = document.createElement('a')
  link.href = url
  link.download = name
  link.click()
  URL.revokeObjectURL(url)
}
