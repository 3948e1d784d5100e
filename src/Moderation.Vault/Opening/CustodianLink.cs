// The vault's way to the custodian: one connection, one request, one share.
using System.Net.Sockets;
using System.Security.Cryptography;
using Moderation.Evidence;
using Moderation.Evidence.Custody;

namespace Moderation.Vault.Opening;

internal sealed class CustodianLink(string path)
{
    private static readonly TimeSpan Patience = TimeSpan.FromSeconds(5);

    /// <summary>V6: the custodian's share, which the caller erases.</summary>
    internal async Task<Verdict<byte[]>> AskAsync(CustodianRequest request, CancellationToken ct)
    {
        using var limit = CancellationTokenSource.CreateLinkedTokenSource(ct);
        limit.CancelAfter(Patience);
        try
        {
            using var socket = await ConnectAsync(limit.Token);
            await using var stream = new NetworkStream(socket);
            await MessageFrame.WriteAsync(stream, request.Encode(), limit.Token);
            var answer = await MessageFrame.ReadAsync(stream, MessageFrame.CustodianLimit, limit.Token);
            return answer is null
                ? new EvidenceRefusal(EvidenceCodes.CustodianUnavailable, "The custodian hung up.")
                : ShareOf(answer);
        }
        catch (Exception fault)
            when (fault is IOException or SocketException or InvalidDataException
                || (fault is OperationCanceledException && !ct.IsCancellationRequested)
            )
        {
            return new EvidenceRefusal(EvidenceCodes.CustodianUnavailable, fault.GetType().Name);
        }
    }

    internal async Task<bool> IsReachableAsync(CancellationToken ct)
    {
        try
        {
            using var socket = await ConnectAsync(ct);
            return true;
        }
        catch (SocketException)
        {
            return false;
        }
    }

    private static Verdict<byte[]> ShareOf(byte[] bytes)
    {
        var answer = CustodianAnswer.Parse(bytes);
        CryptographicOperations.ZeroMemory(bytes);
        return answer switch
        {
            { Share: { } share } => share,
            { Code: EvidenceCodes.CustodianRefused } => new EvidenceRefusal(EvidenceCodes.CustodianRefused),
            _ => new EvidenceRefusal(EvidenceCodes.CustodianUnavailable, answer?.Code ?? "No answer of the form."),
        };
    }

    private async Task<Socket> ConnectAsync(CancellationToken ct)
    {
        var socket = new Socket(AddressFamily.Unix, SocketType.Stream, ProtocolType.Unspecified);
        try
        {
            await socket.ConnectAsync(new UnixDomainSocketEndPoint(path), ct);
            return socket;
        }
        catch
        {
            socket.Dispose();
            throw;
        }
    }
}
