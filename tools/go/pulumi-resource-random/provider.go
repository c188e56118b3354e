package main

import (
	"context"
	"fmt"

	"github.com/pulumi/pulumi/pkg/v3/resource/provider"
	"github.com/pulumi/pulumi/sdk/v3/go/common/diag"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource"
	"github.com/pulumi/pulumi/sdk/v3/go/common/resource/plugin"
	pulumirpc "github.com/pulumi/pulumi/sdk/v3/proto/go"
	"google.golang.org/grpc/codes"
	"google.golang.org/grpc/status"
	"google.golang.org/protobuf/types/known/emptypb"
	"google.golang.org/protobuf/types/known/structpb"
)

const (
	passwordType = "random:index/randomPassword:RandomPassword"
	stringType   = "random:index/randomString:RandomString"
)

const schema = `{"name": "random", "version": %q,
"description": "Stand-in for the random provider, for the sandbox only: RandomPassword and RandomString.",
"resources": {%q: {"inputProperties": {"length": {"type": "integer"}}, "requiredInputs": ["length"]},
%q: {"inputProperties": {"length": {"type": "integer"}}, "requiredInputs": ["length"]}}}`

type standIn struct {
	pulumirpc.UnimplementedResourceProviderServer
	host *provider.HostClient
}

func (p *standIn) GetPluginInfo(context.Context, *emptypb.Empty) (*pulumirpc.PluginInfo, error) {
	return &pulumirpc.PluginInfo{Version: version}, nil
}

func (p *standIn) Attach(_ context.Context, req *pulumirpc.PluginAttach) (*emptypb.Empty, error) {
	host, err := provider.NewHostClient(req.Address)
	if err != nil {
		return nil, err
	}
	p.host = host
	return &emptypb.Empty{}, nil
}

func (p *standIn) GetSchema(context.Context, *pulumirpc.GetSchemaRequest) (*pulumirpc.GetSchemaResponse, error) {
	return &pulumirpc.GetSchemaResponse{Schema: fmt.Sprintf(schema, version, passwordType, stringType)}, nil
}

func (p *standIn) CheckConfig(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	return &pulumirpc.CheckResponse{Inputs: req.News}, nil
}

func (p *standIn) DiffConfig(context.Context, *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
}

func (p *standIn) Configure(ctx context.Context, _ *pulumirpc.ConfigureRequest) (*pulumirpc.ConfigureResponse, error) {
	if p.host != nil {
		_ = p.host.Log(ctx, diag.Debug, "", "random: this is the sandbox's stand-in, not Pulumi's provider")
	}
	// Not accepting secrets: the engine then marks what was secret in the inputs again by itself.
	return &pulumirpc.ConfigureResponse{SupportsPreview: true}, nil
}

func (p *standIn) Check(_ context.Context, req *pulumirpc.CheckRequest) (*pulumirpc.CheckResponse, error) {
	if err := known(req.Urn); err != nil {
		return nil, err
	}
	inputs, err := read(req.News)
	if err != nil {
		return nil, err
	}
	inputs = withDefaults(inputs)
	if property, reason := problem(inputs); reason != "" {
		return &pulumirpc.CheckResponse{
			Inputs:   req.News,
			Failures: []*pulumirpc.CheckFailure{{Property: property, Reason: reason}},
		}, nil
	}
	checked, err := write(inputs)
	return &pulumirpc.CheckResponse{Inputs: checked}, err
}

// Diff asks for a replacement whatever input changed: a random text cannot be adjusted in place.
func (p *standIn) Diff(_ context.Context, req *pulumirpc.DiffRequest) (*pulumirpc.DiffResponse, error) {
	olds, err := read(req.OldInputs)
	if err != nil {
		return nil, err
	}
	news, err := read(req.News)
	if err != nil {
		return nil, err
	}
	diff := olds.Diff(news)
	if diff == nil {
		return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_NONE}, nil
	}
	keys := []string{}
	for _, key := range diff.ChangedKeys() {
		keys = append(keys, string(key))
	}
	return &pulumirpc.DiffResponse{Changes: pulumirpc.DiffResponse_DIFF_SOME, Diffs: keys, Replaces: keys}, nil
}

func (p *standIn) Create(_ context.Context, req *pulumirpc.CreateRequest) (*pulumirpc.CreateResponse, error) {
	state, err := read(req.Properties)
	if err != nil {
		return nil, err
	}
	isPassword := typeOf(req.Urn) == passwordType
	result, id := resource.MakeComputed(resource.NewProperty("")), ""
	if !req.Preview {
		text, err := generate(state)
		if err != nil {
			return nil, err
		}
		result, id = resource.NewProperty(text), text
	}
	if isPassword {
		result, id = resource.MakeSecret(result), "none" // the real provider's id: the password is no name
		state["bcryptHash"] = resource.MakeSecret(resource.NewProperty(""))
	}
	state["result"] = result
	properties, err := write(state)
	return &pulumirpc.CreateResponse{Id: id, Properties: properties}, err
}

// Read answers a refresh: what the state says is all there is.
func (p *standIn) Read(_ context.Context, req *pulumirpc.ReadRequest) (*pulumirpc.ReadResponse, error) {
	return &pulumirpc.ReadResponse{Id: req.Id, Properties: req.Properties, Inputs: req.Inputs}, nil
}

func (p *standIn) Update(_ context.Context, req *pulumirpc.UpdateRequest) (*pulumirpc.UpdateResponse, error) {
	return &pulumirpc.UpdateResponse{Properties: req.Olds}, nil
}

func (p *standIn) Delete(context.Context, *pulumirpc.DeleteRequest) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func (p *standIn) Cancel(context.Context, *emptypb.Empty) (*emptypb.Empty, error) {
	return &emptypb.Empty{}, nil
}

func typeOf(urn string) string { return string(resource.URN(urn).Type()) }

func known(urn string) error {
	if kind := typeOf(urn); kind != passwordType && kind != stringType {
		return status.Errorf(codes.Unimplemented,
			"the sandbox's stand-in for the random provider has RandomPassword and RandomString, not %s", kind)
	}
	return nil
}

// read drops marks of secrets, which the engine puts back; write keeps those of the results.
func read(properties *structpb.Struct) (resource.PropertyMap, error) {
	return plugin.UnmarshalProperties(properties, plugin.MarshalOptions{KeepUnknowns: true, SkipNulls: true})
}

func write(properties resource.PropertyMap) (*structpb.Struct, error) {
	return plugin.MarshalProperties(properties, plugin.MarshalOptions{KeepUnknowns: true, KeepSecrets: true})
}
