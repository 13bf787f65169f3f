using Google.Protobuf;
using Google.Protobuf.Reflection;
using Grpc.Core;

namespace Gal.Tests.Services;

/// <summary>Calls every method of a service with broken messages: random bytes, cut messages, flipped bits, numbers blown up.</summary>
internal sealed class Fuzzer(CallInvoker invoker, int seed)
{
    private static readonly Marshaller<byte[]> Bytes = Marshallers.Create(b => b, b => b);
    private readonly Random _random = new(seed);

    /// <summary>Makes the calls and counts how they ended.</summary>
    /// <param name="service">Its methods are called in turn.</param>
    /// <param name="valid">Messages to break, by the name of the method that takes them.</param>
    /// <param name="count">Calls.</param>
    public async Task<Dictionary<StatusCode, int>> RunAsync(ServiceDescriptor service, IReadOnlyDictionary<string, IMessage> valid, int count)
    {
        var outcomes = new Dictionary<StatusCode, int>();
        for (var i = 0; i < count; i++)
        {
            var method = service.Methods[i % service.Methods.Count];
            var original = valid.TryGetValue(method.Name, out var message) ? message.ToByteArray() : [];
            var status = await CallAsync(method, Break(original));
            outcomes[status] = outcomes.GetValueOrDefault(status) + 1;
        }

        return outcomes;
    }

    private byte[] Break(byte[] message)
    {
        var broken = (byte[])message.Clone();
        switch (_random.Next(4))
        {
            case 0:
                broken = new byte[_random.Next(200)];
                _random.NextBytes(broken);
                break;
            case 1:
                broken = broken[.._random.Next(broken.Length + 1)];
                break;
            case 2:
                for (var flips = _random.Next(1, 10); flips > 0 && broken.Length > 0; flips--)
                {
                    broken[_random.Next(broken.Length)] ^= (byte)(1 << _random.Next(8));
                }

                break;
            default:
                var at = broken.Length == 0 ? 0 : _random.Next(broken.Length);
                broken = [.. broken[..at], 0xff, 0xff, 0xff, 0xff, 0x7f, .. broken[at..]];
                break;
        }

        return broken;
    }

    private async Task<StatusCode> CallAsync(MethodDescriptor descriptor, byte[] message)
    {
        var type = (descriptor.IsClientStreaming, descriptor.IsServerStreaming) switch
        {
            (false, false) => MethodType.Unary,
            (false, true) => MethodType.ServerStreaming,
            (true, false) => MethodType.ClientStreaming,
            _ => MethodType.DuplexStreaming,
        };
        var method = new Method<byte[], byte[]>(type, descriptor.Service.FullName, descriptor.Name, Bytes, Bytes);
        var options = new CallOptions(deadline: TimeProvider.System.GetUtcNow().UtcDateTime.AddSeconds(20));
        try
        {
            if (type == MethodType.Unary)
            {
                await invoker.AsyncUnaryCall(method, null, options, message);
            }
            else if (type == MethodType.ServerStreaming)
            {
                using var call = invoker.AsyncServerStreamingCall(method, null, options, message);
                await call.ResponseStream.ReadAllAsync().CountAsync();
            }
            else
            {
                using var call = invoker.AsyncDuplexStreamingCall(method, null, options);
                await call.RequestStream.WriteAsync(message);
                await call.RequestStream.CompleteAsync();
                await call.ResponseStream.ReadAllAsync().CountAsync();
            }

            return StatusCode.OK;
        }
        catch (RpcException e)
        {
            return e.StatusCode;
        }
    }
}
