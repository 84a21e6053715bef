{{/*
What every pod is, whatever runs in it: nobody of importance, with the files of its own process.
Given as for a process.
*/}}
{{- define "tradewindow.pod" -}}
automountServiceAccountToken: false
enableServiceLinks: false
{{- if .root.Values.pull_secrets }}
imagePullSecrets:
  {{- range $secret := .root.Values.pull_secrets }}
  - name: {{ $secret }}
  {{- end }}
{{- end }}
securityContext:
  runAsNonRoot: true
  runAsUser: 10001
  runAsGroup: 10001
  fsGroup: 10001
  seccompProfile: {type: RuntimeDefault}
volumes:
  # What this process needs and nothing else (`tradewindow secrets split`).
  - name: secrets
    projected:
      defaultMode: 288 # 0440
      sources:
        - secret:
            name: tradewindow-{{ .name }}
            items:
              - {key: secrets.json, path: secrets.json}
        {{- if .jwks }}
        - configMap:
            name: tradewindow-issuer
            items:
              - {key: jwks.json, path: jwks.json}
        {{- end }}
  {{- if .engine }}
  # The authority, and what the engine is shown.
  - name: tls
    projected:
      defaultMode: 288 # 0440
      sources:
        - configMap:
            name: tradewindow-authority
            items:
              - {key: ca.crt, path: ca.crt}
        - secret:
            name: tradewindow-engine-client
            items:
              - {key: tls.crt, path: tls.crt}
              - {key: tls.key, path: tls.key}
  {{- else if not .apart }}
  - name: tls
    configMap: {name: tradewindow-authority}
  {{- end }}
  - name: scratch
    emptyDir: {sizeLimit: 128Mi}
  {{- if .folder }}
  # An operator may fill it.
  - name: {{ .folder.name }}
    configMap: {name: {{ .folder.name }}, optional: true}
  {{- end }}
{{- end }}

{{- define "tradewindow.container" -}}
image: {{ .root.Values.image }}
resources:
  requests: {cpu: {{ .scale.cpu | quote }}, memory: {{ .scale.memory | quote }}}
  limits: {cpu: {{ .scale.cpu_most | quote }}, memory: {{ .scale.memory_most | quote }}}
securityContext:
  allowPrivilegeEscalation: false
  readOnlyRootFilesystem: true
  capabilities: {drop: [ALL]}
volumeMounts:
  - {name: secrets, mountPath: /run/secrets/tradewindow, readOnly: true}
  {{- if not .apart }}
  - {name: tls, mountPath: /run/tls, readOnly: true}
  {{- end }}
  - {name: scratch, mountPath: /tmp}
  {{- if .folder }}
  - {name: {{ .folder.name }}, mountPath: {{ .folder.path }}, readOnly: true}
  {{- end }}
{{- end }}
