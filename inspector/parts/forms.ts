/** The trimmed text of a field of the form that is submitted. */
export function readField(event: SubmitEvent, name: string): string {
  const form = event.currentTarget
  if (!(form instanceof HTMLFormElement)) throw new Error('expected the event of a form')
  return String(new FormData(form).get(name) ?? '').trim()
}

export const GUID_PATTERN = '[0-9a-fA-F]{8}(-[0-9a-fA-F]{4}){3}-[0-9a-fA-F]{12}'
