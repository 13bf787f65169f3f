// Each test starts whole processes that use every core.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
