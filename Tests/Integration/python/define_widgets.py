"""Defines the kind that the operator works for."""

from kubernetes import client, config

from shared import definition

config.load_kube_config()
client.ApiextensionsV1Api().create_custom_resource_definition(definition())
