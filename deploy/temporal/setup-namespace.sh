#!/bin/sh
# Makes the namespace and the search attributes (workflows/search_attributes.py); safe to repeat.
# Cases that have ended stay visible in Temporal for the retention; the record in SQL stays longer.
set -eu
: "${TEMPORAL_ADDRESS:?}" "${TEMPORAL_NAMESPACE:?}"
retention=${TEMPORAL_RETENTION:-30d}

until temporal operator cluster health --address "$TEMPORAL_ADDRESS" >/dev/null 2>&1; do
    sleep 2
done
temporal operator namespace describe --address "$TEMPORAL_ADDRESS" \
    --namespace "$TEMPORAL_NAMESPACE" >/dev/null 2>&1 \
    || temporal operator namespace create --address "$TEMPORAL_ADDRESS" \
        --namespace "$TEMPORAL_NAMESPACE" --retention "$retention"
# A server learns of a new namespace some seconds after it was made.
waited=0
until known=$(temporal operator search-attribute list --address "$TEMPORAL_ADDRESS" \
    --namespace "$TEMPORAL_NAMESPACE" 2>&1); do
    waited=$((waited + 1))
    if [ "$waited" -gt 30 ]; then
        echo "$known" >&2
        exit 1
    fi
    sleep 2
done
for name in CaseType Port Lane CaseState Party; do
    echo "$known" | grep -qw "$name" \
        || temporal operator search-attribute create --address "$TEMPORAL_ADDRESS" \
            --namespace "$TEMPORAL_NAMESPACE" --name "$name" --type Keyword
done
