#!/bin/sh
# A fake ping: the host, its last argument, selects the outcome.
for host; do :; done
case "$host" in
answers)
  echo "PING answers (127.0.0.1) 56(84) bytes of data."
  echo "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=5.00 ms"
  ;;
lost)
  echo "1 packets transmitted, 0 received, 100% packet loss, time 0ms"
  exit 1
  ;;
language) echo "64 bytes from 127.0.0.1: icmp_seq=1 ttl=64 time=${#LC_ALL} ms" ;;
environment)
  env >&2
  exit 2
  ;;
arguments)
  printf '%s ' "$@" >&2
  exit 2
  ;;
killed) kill -TERM $$ ;;
group)
  # The process groups of this program and of its parent.
  cut -d " " -f 5 "/proc/$$/stat" "/proc/$PPID/stat" >&2
  exit 2
  ;;
hangs)
  echo "PING hangs (127.0.0.1) 56(84) bytes of data."
  exec sleep 600
  ;;
esac
