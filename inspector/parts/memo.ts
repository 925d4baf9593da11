import { Component, type ComponentChildren } from 'preact'

/** A component that is rendered again only when its properties have changed. It keeps lists with many rows quick. */
export function memo<P extends object>(
  draw: (props: Readonly<P>) => ComponentChildren,
  isSame: (before: Readonly<P>, after: Readonly<P>) => boolean,
) {
  return class Memo extends Component<P> {
    override shouldComponentUpdate(next: Readonly<P>): boolean {
      return !isSame(this.props, next)
    }

    override render(): ComponentChildren {
      return draw(this.props)
    }
  }
}
