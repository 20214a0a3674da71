internal import ClusterAssembly

await ApusCommand.execute()
