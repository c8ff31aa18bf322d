/** The end of faults in what is drawn: without it, the page would stand still, and pass for fresh. */
import * as DispatchText from "@effect-dispatch/core/DispatchText"
import * as Thrown from "@effect-dispatch/core/Thrown"
import { Component, type ComponentChildren } from "preact"
import * as Words from "../words/state.ts"
import { Reload } from "./Banner.tsx"

interface Props {
  readonly children: ComponentChildren
  /** The name of what is shown; another one is tried anew. */
  readonly shown?: string
}

interface State {
  readonly fault: string | undefined
}

/** Shows its children, or that they cannot be shown. */
export class Boundary extends Component<Props, State> {
  override state: State = { fault: undefined }

  static override getDerivedStateFromError(thrown: unknown): State {
    return { fault: Thrown.messageOf(thrown) }
  }

  override componentDidUpdate({ shown }: Props): void {
    if (shown !== this.props.shown && this.state.fault !== undefined) this.setState({ fault: undefined })
  }

  override render() {
    const { fault } = this.state
    if (fault === undefined) return this.props.children
    return (
      <main class="body">
        <div class="empty" role="alert">
          <h2>This part of the page has failed</h2>
          <p>{Words.sentence(DispatchText.safe(fault))}</p>
          <Reload />
        </div>
      </main>
    )
  }
}
