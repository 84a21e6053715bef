{{/* What every resource is called and belongs to. Given: root, name, component. */}}
{{- define "tradewindow.head" -}}
name: {{ .name }}
namespace: {{ .root.Release.Namespace }}
labels:
  {{- include "tradewindow.labels" . | nindent 2 }}
{{- end }}

{{- define "tradewindow.labels" -}}
app.kubernetes.io/name: {{ .name }}
app.kubernetes.io/part-of: tradewindow
app.kubernetes.io/component: {{ .component }}
{{- end }}

{{/*
A process that runs on: its Deployment, how many of it may be missing, and where a cluster decides it,
how many run. Given beside the head: args, told (the ConfigMap beside the one of the record) and text
(what stands in it), health (the path under which it says how it is), scale, and where it has them jwks,
engine, folder, store, alone (what this process alone is told, by its variables); apart, where it is told of no record.
*/}}
{{- define "tradewindow.process" -}}
apiVersion: apps/v1
kind: Deployment
metadata:
  {{- include "tradewindow.head" . | nindent 2 }}
spec:
  {{- if not .scale.most }}
  replicas: {{ .scale.least }}
  {{- end }}
  revisionHistoryLimit: 5
  strategy:
    rollingUpdate: {maxUnavailable: 0, maxSurge: 1}
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .name }}
  template:
    metadata:
      labels:
        {{- include "tradewindow.labels" . | nindent 8 }}
      annotations:
        prometheus.io/scrape: "true"
        prometheus.io/port: {{ .root.Values.port | quote }}
        prometheus.io/path: /metrics/
        # What it is told it reads when it starts: told otherwise, it starts anew.
        tradewindow/told: {{ printf "%s%s" (include "tradewindow.record" .root) .text | sha256sum }}
    spec:
      serviceAccountName: tradewindow
      {{- include "tradewindow.pod" . | nindent 6 }}
      # Ten seconds for what is under way, five before for the address to be taken off, and reserve.
      terminationGracePeriodSeconds: 30
      topologySpreadConstraints:
        - maxSkew: 1
          topologyKey: kubernetes.io/hostname
          whenUnsatisfiable: ScheduleAnyway
          labelSelector:
            matchLabels:
              app.kubernetes.io/name: {{ .name }}
      containers:
        - name: {{ .component }}
          args: {{ .args }}
          envFrom:
            {{- if not .apart }}
            - configMapRef: {name: tradewindow}
            {{- end }}
            - configMapRef: {name: {{ .told }}}
          {{- if .folder }}
          env:
          {{- else if .store }}
          env:
          {{- else if .alone }}
          env:
          {{- end }}
          {{- range $variable, $value := .alone }}
            - {name: {{ $variable }}, value: {{ $value | quote }}}
          {{- end }}
          {{- if .folder }}
            - {name: {{ .folder.setting }}, value: {{ .folder.path }}}
          {{- end }}
          {{- if .store }}
            - {name: {{ .store }}_STORE, value: {{ .root.Values.store.bucket }}}
            - {name: {{ .store }}_ENDPOINT, value: {{ .root.Values.store.endpoint | quote }}}
            - {name: {{ .store }}_REGION, value: {{ .root.Values.store.region | quote }}}
          {{- end }}
          ports:
            - {name: http, containerPort: {{ .root.Values.port }}}
          startupProbe:
            httpGet: {path: {{ .health }}/live, port: http}
            periodSeconds: 2
            failureThreshold: 30
          livenessProbe:
            httpGet: {path: {{ .health }}/live, port: http}
            periodSeconds: 10
            timeoutSeconds: 5
            failureThreshold: 3
          readinessProbe:
            httpGet: {path: {{ .health }}/ready, port: http}
            periodSeconds: 5
            timeoutSeconds: 5
            failureThreshold: 2
          lifecycle:
            preStop:
              sleep: {seconds: 5}
          {{- include "tradewindow.container" . | nindent 10 }}
---
apiVersion: policy/v1
kind: PodDisruptionBudget
metadata:
  {{- include "tradewindow.head" . | nindent 2 }}
spec:
  maxUnavailable: 1
  selector:
    matchLabels:
      app.kubernetes.io/name: {{ .name }}
{{- if .scale.most }}
---
apiVersion: autoscaling/v2
kind: HorizontalPodAutoscaler
metadata:
  {{- include "tradewindow.head" . | nindent 2 }}
spec:
  scaleTargetRef: {apiVersion: apps/v1, kind: Deployment, name: {{ .name }}}
  minReplicas: {{ .scale.least }}
  maxReplicas: {{ .scale.most }}
  metrics:
    - type: Resource
      resource:
        name: cpu
        target: {type: Utilization, averageUtilization: 70}
  behavior:
    scaleDown:
      # A border market's day has peaks; what was needed an hour ago is needed again.
      stabilizationWindowSeconds: 600
{{- end }}
{{- end }}
