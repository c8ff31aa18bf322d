/** Questions of components that are asked again and again, since nobody tells that an answer is another one now. */
import { useEffect, useState } from "react"
import * as Clock from "../browser/clock.ts"
import * as Actions from "../state/actions.ts"
import type { Answer, Request } from "../worker/protocol.ts"

/** Time between questions. */
const interval = 10_000

/** The latest answer to a question, if there is one; questions with one name are the same. */
export const useAnswer = (request: Request | undefined, name: string): Answer | undefined => {
  const [answer, setAnswer] = useState<Answer>()
  useEffect(() => {
    if (request === undefined) return undefined
    let isOver = false
    const look = () => Actions.asking(request, (fresh) => isOver || setAnswer(fresh))
    look()
    const end = Clock.everySeen(interval, look)
    return () => {
      isOver = true
      end()
    }
  }, [name])
  return answer
}
