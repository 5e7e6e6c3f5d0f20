#!/bin/sh
# SPDX-License-Identifier: GPL-2.0-only
#
# What tuned runs: "start" when the profile begins, "stop" when it ends, "verify" on request.

readonly MODE=server

case ${1:-} in
start) clandctl mode $MODE ;;
# back to what the settings say; where scx-cland does not run, there is nothing to end
stop) clandctl reload || [ $? -eq 9 ] ;;
verify) clandctl status --json | grep "\"mode\": *\"$MODE\"" >/dev/null ;;
esac
