{{/* What every process is told: where its own files are, and where it answers. */}}
{{- define "tradewindow.each" -}}
SECRETS_FILE: /run/secrets/tradewindow/secrets.json
HTTP_HOST: 0.0.0.0
HTTP_PORT: {{ .Values.port | quote }}
LOG_LEVEL: {{ .Values.log_level }}
{{- end }}

{{/* All but the screens: where the record is. */}}
{{- define "tradewindow.record" -}}
DATABASE_URL: {{ .Values.database.url }}
PGSSLMODE: {{ .Values.database.tls }}
PGSSLROOTCERT: /run/tls/ca.crt
{{ include "tradewindow.each" . }}
{{- end }}

{{/* The screens, which are told of no record: each service answers under its name. */}}
{{- define "tradewindow.screens" -}}
{{ include "tradewindow.each" . }}
{{ include "tradewindow.callers" . }}
INTERFACE_URL: "http://{service}:{{ .Values.port }}"
OIDC_METADATA: {{ .Values.sign_in.metadata }}
PORTAL_CLIENT_ID: {{ .Values.sign_in.client }}
{{- end }}

{{/* The services: whose tokens are good, and how callers come. */}}
{{- define "tradewindow.callers" -}}
OIDC_ISSUER: {{ .Values.callers.issuer }}
OIDC_AUDIENCE: {{ .Values.callers.audience }}
JWKS_FILE: /run/secrets/tradewindow/jwks.json
PUBLIC_ORIGIN: https://{{ .Values.callers.host }}
# Nobody but the ingress reaches the interfaces (network.yaml); it says from where a caller came.
FORWARDED_ALLOW_IPS: "*"
{{- end }}

{{/*
Workers and relay: who answers requests never speaks to the engine, and is not told where it is. Where it
asks for a token as well, TEMPORAL_API_KEY_FILE names its file.
*/}}
{{- define "tradewindow.engine" -}}
TEMPORAL_ADDRESS: {{ .Values.engine.address }}
TEMPORAL_NAMESPACE: {{ .Values.engine.cases }}
{{- if .Values.engine.tls }}
TEMPORAL_SERVER_CA: /run/tls/ca.crt
TEMPORAL_SERVER_NAME: {{ .Values.engine.name }}
TEMPORAL_CLIENT_CERT: /run/tls/tls.crt
TEMPORAL_CLIENT_KEY: /run/tls/tls.key
{{- end }}
{{- end }}
