/** Pictures beside words; they say nothing that the words do not. */
const Icon = ({ path, filled = false }: { readonly path: string; readonly filled?: boolean }) => (
  <svg class="icon" viewBox="0 0 16 16" aria-hidden="true" focusable="false">
    <path
      d={path}
      fill={filled ? "currentColor" : "none"}
      stroke="currentColor"
      stroke-width="1.6"
      stroke-linecap="round"
      stroke-linejoin="round"
    />
  </svg>
)

export const Running = () => <Icon filled path="M4.5 3v10l8-5z" />
export const Waiting = () => <Icon path="M8 2.5a5.5 5.5 0 1 0 0 11a5.5 5.5 0 0 0 0-11M8 5v3l2 1.5" />
export const Paused = () => <Icon path="M5.5 3.5v9M10.5 3.5v9" />
export const Over = () => <Icon path="M3 8.5l3.2 3.2L13 5" />
export const Warning = () => <Icon path="M8 2.5L14 13H2zM8 6.5v3M8 11.4v.1" />
export const Plus = () => <Icon path="M8 3v10M3 8h10" />
export const Minus = () => <Icon path="M3 8h10" />
export const Left = () => <Icon path="M10 3L5 8l5 5" />
export const Right = () => <Icon path="M6 3l5 5-5 5" />
export const Close = () => <Icon path="M4 4l8 8M12 4l-8 8" />
export const Help = () => <Icon path="M5.8 6.2A2.3 2.3 0 1 1 8 8.6v1.2M8 12.6v.1" />
export const Mark = () => (
  <svg class="mark" viewBox="0 0 32 32" aria-hidden="true" focusable="false">
    <rect x="1" y="1" width="30" height="30" rx="8" fill="currentColor" />
    <path d="M7 11h9M12 16h12M7 21h7" class="mark-lines" />
    <path d="M20 5v22" class="mark-now" />
  </svg>
)
