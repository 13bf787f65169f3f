using System.Buffers;
using System.Security.Cryptography.X509Certificates;
using Microsoft.AspNetCore.Server.Kestrel.Core.Features;
using Microsoft.AspNetCore.Http.Features;
using Microsoft.AspNetCore.Server.Kestrel.Core;

namespace Gal.Hosting.Web;

/// <summary>
/// Serves gRPC (HTTP/2 without TLS) and browsers and curl (HTTP/1.1) on one port. Kestrel chooses between the two by TLS's negotiation and without TLS always takes HTTP/1.1;
/// so this looks at a connection's first bytes, and where they are HTTP/2's preface it says what the negotiation would have said.
/// </summary>
internal static class ProtocolDetection
{
    // Both versions' requests are longer: the preface has 24 bytes, the shortest HTTP/1.1 request 16.
    private static ReadOnlySpan<byte> Preface => "PRI * HTTP/2.0"u8;

    public static void UseProtocolDetection(this ListenOptions listen)
    {
        listen.Protocols = HttpProtocols.Http1AndHttp2;
        listen.Use(next => async connection =>
        {
            var input = connection.Transport.Input;
            var read = await input.ReadAtLeastAsync(Preface.Length, connection.ConnectionClosed);
            var isHttp2 = StartsWithPreface(read.Buffer);
            input.AdvanceTo(read.Buffer.Start, read.Buffer.Start);
            if (isHttp2)
            {
                connection.Features.Set<ITlsConnectionFeature>(NegotiatedHttp2.Instance);
                connection.Features.Set<ITlsApplicationProtocolFeature>(NegotiatedHttp2.Instance);
            }

            await next(connection);
        });
    }

    private static bool StartsWithPreface(ReadOnlySequence<byte> bytes)
    {
        if (bytes.Length < Preface.Length)
        {
            return false;
        }

        Span<byte> start = stackalloc byte[Preface.Length];
        bytes.Slice(0, Preface.Length).CopyTo(start);
        return start.SequenceEqual(Preface);
    }

    private sealed class NegotiatedHttp2 : ITlsConnectionFeature, ITlsApplicationProtocolFeature
    {
        public static NegotiatedHttp2 Instance { get; } = new();

        public ReadOnlyMemory<byte> ApplicationProtocol { get; } = "h2"u8.ToArray();

        public X509Certificate2? ClientCertificate
        {
            get => null;
            set => throw new NotSupportedException("The connection has no TLS.");
        }

        public Task<X509Certificate2?> GetClientCertificateAsync(CancellationToken cancellationToken) => Task.FromResult<X509Certificate2?>(null);
    }
}
