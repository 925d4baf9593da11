import { changeKind, type NewPerson, PERSON_KINDS } from './newPerson.js'

interface Props {
  readonly person: NewPerson
  readonly onChange: (person: NewPerson) => void
}

/** The fields that describe a person whom the user of the page invents. */
export function PersonFields({ person, onChange }: Props) {
  return (
    <>
      <label>
        Kind
        <select value={person.kind} onChange={(event) => onChange(changeKind(person, event.currentTarget.value))}>
          {Object.entries(PERSON_KINDS).map(([kind, { text }]) => (
            <option key={kind} value={kind}>
              {text}
            </option>
          ))}
        </select>
      </label>
      <label>
        {PERSON_KINDS[person.kind].idLabel}
        <input required value={person.id} onInput={(event) => onChange({ ...person, id: event.currentTarget.value })} />
      </label>
      <label>
        Name
        <input
          value={person.displayName}
          onInput={(event) => onChange({ ...person, displayName: event.currentTarget.value })}
        />
      </label>
    </>
  )
}
