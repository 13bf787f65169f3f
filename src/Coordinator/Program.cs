using Gal.Coordination;
using Gal.Hosting;

return await ServiceRunner.RunAsync("Coordinator", new CoordinatorOptions(), CoordinatorHost.Build, args, Console.Out);
