#!/bin/sh
# A fake fping: each address that it reads selects an outcome, for one packet.
arguments="$*"
while read -r host; do
  case "$host" in
  192.0.2.1) echo "$host : [0], 64 bytes, 5.00 ms (5.00 avg, 0% loss)" ;;
  192.0.2.2) echo "$host : [0], timed out (NaN avg, 100% loss)" ;;
  192.0.2.3) ;; # could not be sent
  192.0.2.4)
    printf '%s : [0], 64 byt' "$host"
    kill -KILL $$
    ;;
  192.0.2.6) echo "$0: can't create socket (must run as root?)" >&2 ;;
  192.0.2.7) echo "$0: $arguments" >&2 ;;
  192.0.2.8) echo "$0: $(cat | tr '\n' ' ')" >&2 ;;
  esac
  echo "$host : -" >&2
done
exit 1
