# Shows on the terminal, if there is one, how far the installation is; pnpm itself is silent (see pnpm-workspace.yaml).
(: > /dev/tty) 2> /dev/null || exit 0
pnpm=$PPID
what='Installing what effect-dispatch needs, once'
{
  seconds=0
  while kill -0 "$pnpm" 2> /dev/null && [ ! -e node_modules/.modules.yaml ]; do
    packages=$(ls node_modules/.pnpm 2> /dev/null | wc -l)
    printf '\r%s: %d packages, %d s' "$what" "$packages" "$seconds"
    sleep 1
    seconds=$((seconds + 1))
  done
  [ "$seconds" -eq 0 ] || printf '\n'
} < /dev/null > /dev/tty 2> /dev/null &
