import type { Identity } from '../../shared/calls/resources.js'

// A person whom the user of the page invents.

export interface NewPerson {
  readonly kind: PersonKind
  readonly id: string
  /** Empty: the service shows the id. */
  readonly displayName: string
}

type PersonKind = Extract<Identity['kind'], 'user' | 'phone' | 'guest'>

interface KindOfPerson {
  readonly text: string
  readonly idLabel: string
  readonly example: NewPerson
}

export const PERSON_KINDS: Readonly<Record<PersonKind, KindOfPerson>> = {
  user: { text: 'User', idLabel: 'Id', example: { kind: 'user', id: 'megan', displayName: 'Megan Bowen' } },
  phone: { text: 'Phone', idLabel: 'Number', example: { kind: 'phone', id: '+14255550100', displayName: '' } },
  guest: { text: 'Guest', idLabel: 'Id', example: { kind: 'guest', id: 'guest-1', displayName: 'A guest' } },
}

export const FIRST_PERSON = PERSON_KINDS.user.example

/** Keeps what the user has typed, and replaces an example by that of the new kind. */
export function changeKind(person: NewPerson, kind: string): NewPerson {
  const { example } = PERSON_KINDS[person.kind]
  const next = Object.values(PERSON_KINDS).find(({ example: { kind: other } }) => other === kind)
  if (!next) return person
  return {
    kind: next.example.kind,
    id: person.id === example.id ? next.example.id : person.id,
    displayName: person.displayName === example.displayName ? next.example.displayName : person.displayName,
  }
}

/** The identitySet of a request. */
export function toIdentitySet({ kind, id, displayName }: NewPerson): Readonly<Record<string, object>> {
  return { [kind]: displayName === '' ? { id } : { id, displayName } }
}
