// Speaks to the vault over its Unix socket; the API carries opaque bytes there and back.
using System.Buffers.Binary;
using System.Net.Sockets;
using Microsoft.Extensions.Logging;
using Moderation.Evidence;
using Moderation.Evidence.Custody;

namespace Moderation.Features.Opening;

/// <param name="Socket">Path of the vault's socket.</param>
/// <param name="Patience">How long one step (connecting, one message) may take before the vault counts as unreachable.</param>
public sealed record VaultAddress(string Socket, TimeSpan Patience);

/// <summary>One connection a request. A vault that cannot be reached, or that hangs up, is a refusal with
/// <c>evb1.custodian-unavailable</c> (503): the list of codes is closed (evidence-bundle.md 25), and to the caller it is the
/// same thing, key custody is not there now. An exception of the segments delegate passes through.</summary>
public sealed class VaultClient(VaultAddress address, ILogger<VaultClient> log)
{
    // Header, key commitment, 4 MiB and 257 tags (evidence-bundle.md 6.1, key 8).
    private const int LongestSegment = 56 + 4_194_304 + (16 * 257);

    /// <summary>State of the vault, or null when it cannot be reached.</summary>
    public async Task<VaultHealth?> HealthAsync(CancellationToken ct)
    {
        try
        {
            using var vault = await ConnectAsync(ct);
            await vault.SayAsync(VaultMessages.HealthRequest(), ct);
            return await vault.HearAsync(VaultMessages.DecodeHealth, ct);
        }
        catch (VaultGoneException fault)
        {
            log.LogWarning("The vault is not reachable: {Fault}", fault.Message);
            return null;
        }
    }

    /// <summary>Asks for key releases or a disclosure.</summary>
    /// <param name="opening">What is asked, with everything the API asserts.</param>
    /// <param name="segments">Opens the ciphertext of a segment; called for 0 .. N-1 in order, only when the vault has not
    /// yet hashed this bundle. Each stream is disposed of here.</param>
    /// <param name="ct">Cancels.</param>
    public async Task<VaultAnswer> OpenAsync(
        VaultOpening opening,
        Func<int, CancellationToken, ValueTask<Stream>> segments,
        CancellationToken ct
    )
    {
        try
        {
            using var vault = await ConnectAsync(ct);
            await vault.SayAsync(VaultMessages.Encode(opening), ct);
            var answer = await vault.HearAsync(VaultMessages.DecodeAnswer, ct);
            if (answer.Kind != VaultAnswerKind.NeedSegments)
                return answer;
            var count = BinaryPrimitives.ReadInt32BigEndian(opening.HeadPart.AsSpan(24, 4));
            for (var index = 0; index < count; index++)
                await vault.SayAsync(VaultMessages.Segment(await ReadAsync(segments, index, ct)), ct);
            return await vault.HearAsync(VaultMessages.DecodeAnswer, ct);
        }
        catch (VaultGoneException fault)
        {
            log.LogWarning("The vault is not reachable: {Fault}", fault.Message);
            return VaultAnswer.Refused(EvidenceCodes.CustodianUnavailable);
        }
    }

    /// <summary>Has the vault record that a bundle is destroyed; its one signed object is the certificate.</summary>
    public async Task<VaultAnswer> DestroyAsync(VaultDestruction destruction, CancellationToken ct)
    {
        try
        {
            using var vault = await ConnectAsync(ct);
            await vault.SayAsync(destruction.Encode(), ct);
            return await vault.HearAsync(VaultMessages.DecodeAnswer, ct);
        }
        catch (VaultGoneException fault)
        {
            log.LogWarning("The vault is not reachable: {Fault}", fault.Message);
            return VaultAnswer.Refused(EvidenceCodes.CustodianUnavailable);
        }
    }

    private static async Task<byte[]> ReadAsync(
        Func<int, CancellationToken, ValueTask<Stream>> segments,
        int index,
        CancellationToken ct
    )
    {
        await using var stream = await segments(index, ct);
        // One byte more than allowed: the vault, not this client, says that a segment is too long.
        var buffer = new byte[stream.CanSeek ? Math.Min(stream.Length, LongestSegment + 1) : LongestSegment + 1];
        var length = await stream.ReadAtLeastAsync(buffer, buffer.Length, throwOnEndOfStream: false, ct);
        return length == buffer.Length ? buffer : buffer[..length];
    }

    private async Task<Connection> ConnectAsync(CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        var connection = new Connection(socket, address.Patience);
        try
        {
            await connection.OpenAsync(address.Socket, ct);
            return connection;
        }
        catch
        {
            connection.Dispose();
            throw;
        }
    }

    private sealed class VaultGoneException(string message, Exception? cause = null) : Exception(message, cause);

    private sealed class Connection(Socket socket, TimeSpan patience) : IDisposable
    {
        private NetworkStream? stream;

        public async Task OpenAsync(string path, CancellationToken ct) =>
            await StepAsync(
                async limit =>
                {
                    await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), limit);
                    stream = new NetworkStream(socket);
                    return true;
                },
                ct
            );

        public async Task SayAsync(byte[] message, CancellationToken ct) =>
            await StepAsync(
                async limit =>
                {
                    await MessageFrame.WriteAsync(stream!, message, limit);
                    return true;
                },
                ct
            );

        public Task<T> HearAsync<T>(Func<ReadOnlyMemory<byte>, T> decode, CancellationToken ct) =>
            StepAsync(
                async limit =>
                    decode(
                        await MessageFrame.ReadAsync(stream!, MessageFrame.VaultLimit, limit)
                            ?? throw new EndOfStreamException("It hung up.")
                    ),
                ct
            );

        public void Dispose()
        {
            stream?.Dispose();
            socket.Dispose();
        }

        private async Task<T> StepAsync<T>(Func<CancellationToken, Task<T>> step, CancellationToken ct)
        {
            using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
            limit.CancelAfter(patience);
            try
            {
                return await step(limit.Token);
            }
            catch (OperationCanceledException fault) when (!ct.IsCancellationRequested)
            {
                throw new VaultGoneException("No answer in time.", fault);
            }
            catch (Exception fault) when (fault is IOException or SocketException or InvalidDataException)
            {
                throw new VaultGoneException(fault.Message, fault);
            }
        }
    }
}
