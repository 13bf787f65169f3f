using Gal.Cli;
using Gal.Cli.Terminals;

using var interruption = new Interruption();
return await GalApp.RunAsync(args, Terminal.OfProcess(), interruption.Token);
