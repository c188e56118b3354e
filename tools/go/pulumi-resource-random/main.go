// pulumi-resource-random stands in for Pulumi's random provider in the sandbox, where the real one cannot be installed.
//
// It serves RandomPassword and RandomString only, without their Terraform parts (no import, an empty bcryptHash), and reports
// the version of the SDK it answers to. The randomness is the operating system's. On any other machine Pulumi installs the real provider.
package main

import (
	"fmt"
	"os"

	"github.com/pulumi/pulumi/pkg/v3/resource/provider"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
)

// version equals that of @pulumi/random in package.json; the set-up fills it in.
var version = "0.0.0"

func main() {
	if len(os.Args) == 2 && os.Args[1] == "--version" {
		fmt.Println(version)
		return
	}
	err := provider.Main("random", func(host *provider.HostClient) (pulumirpc.ResourceProviderServer, error) {
		return &standIn{host: host}, nil
	})
	if err != nil {
		fmt.Fprintln(os.Stderr, err)
		os.Exit(1)
	}
}
