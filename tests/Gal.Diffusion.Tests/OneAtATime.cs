// TorchSharp frees a number's scalar while a call still reads it if another thread makes the collector run in between: tests here do not run beside each other.
[assembly: CollectionBehavior(CollectionBehavior.CollectionPerAssembly)]
