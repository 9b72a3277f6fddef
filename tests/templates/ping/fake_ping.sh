#!/bin/sh
# A fake ping: the host, its last argument, selects the outcome. It pings three times.
for host; do :; done
answer() {
  echo "64 bytes from 127.0.0.1: icmp_seq=$1 ttl=64 time=5.00 ms"
}
summary() {
  echo
  echo "--- $host ping statistics ---"
  echo "$1 packets transmitted, $2 received, $3"
}
case "$host" in
answers | 127.0.0.1)
  answer 1
  answer 2
  answer 3
  summary 3 3 "0% packet loss, time 2003ms"
  ;;
unreachable)
  echo "From 10.0.0.254 icmp_seq=1 Destination Host Unreachable"
  summary 3 0 "+3 errors, 100% packet loss, time 2003ms"
  exit 1
  ;;
interrupted)
  # As after SIGINT, at once.
  answer 1
  summary 3 1 "66.6667% packet loss, time 401ms"
  exit 1
  ;;
arguments | *.example | *.example. | 192.0.2.7 | fe80::7%eth0)
  printf '%s ' "$@" >&2
  exit 2
  ;;
killed) kill -TERM $$ ;;
/*)
  # A file that counts the processes.
  echo started >>"$host"
  exec sleep 600
  ;;
hangs | 10.0.0.9)
  echo "PING hangs (127.0.0.1) 56(84) bytes of data."
  exec sleep 600
  ;;
esac
