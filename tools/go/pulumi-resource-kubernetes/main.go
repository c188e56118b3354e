// pulumi-resource-kubernetes is Pulumi's Kubernetes provider, version 4.25.0, served from its published module.
//
// The two embedded files are the module's own schema and Terraform mapping with the version filled in. The set-up writes
// them beside this file in the folder it builds in (tools/goTool.js): a Go package cannot embed a file of another module.
package main

import (
	_ "embed"

	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/provider"
	"github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version"
)

//go:embed schema.json
var schema []byte

//go:embed terraform-mapping.json
var terraformMapping []byte

func main() {
	provider.Serve("kubernetes", version.Version, schema, terraformMapping)
}
