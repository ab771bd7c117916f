#!/bin/sh
# Starts the Chromium at $CHROMIUM without the suggestions of its address bar. They are pages themselves, two for each
# window, and cost more than a spec does. It hears only the last --disable-features, so they are added to Playwright's.
for argument; do
  shift
  case $argument in
    --disable-features=*) argument="$argument,WebUIOmniboxPopup,WebUIOmniboxAimPopup" ;;
  esac
  set -- "$@" "$argument"
done
exec "$CHROMIUM" "$@"
