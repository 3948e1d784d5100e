// A Node process that judges batches of inputs with evidence-js.
using System.Buffers.Binary;
using System.Diagnostics;
using System.Text;

namespace Moderation.Fuzz;

/// <summary>Speaks with peer.mjs: a batch in, as many words out; lengths are four bytes, big-endian.</summary>
internal sealed class JsPeer : IDisposable
{
    private readonly Process process;

    public JsPeer(string evidenceJs, IReadOnlyList<byte[]> states)
    {
        var start = new ProcessStartInfo("node") { RedirectStandardInput = true, RedirectStandardOutput = true };
        start.ArgumentList.Add(Path.Combine(AppContext.BaseDirectory, "peer.mjs"));
        start.ArgumentList.Add(evidenceJs);
        process = Process.Start(start) ?? throw new InvalidOperationException("node did not start.");
        Send([.. states.Select(state => (255, state))]);
        Receive(states.Count);
    }

    public string[] Judge((int Peer, byte[] Input)[] batch)
    {
        // Both pipes are served at once, so that neither side waits for the other with a full buffer.
        var sending = Task.Run(() => Send(batch));
        var answers = Receive(batch.Length);
        sending.GetAwaiter().GetResult();
        return answers;
    }

    public void Dispose()
    {
        process.StandardInput.Close();
        if (!process.WaitForExit(5_000))
            process.Kill();
        process.Dispose();
    }

    private void Send((int Peer, byte[] Input)[] batch)
    {
        using var message = new MemoryStream();
        Span<byte> length = stackalloc byte[4];
        foreach (var (peer, input) in batch)
        {
            BinaryPrimitives.WriteInt32BigEndian(length, input.Length);
            message.Write(length);
            message.WriteByte((byte)peer);
            message.Write(input);
        }
        process.StandardInput.BaseStream.Write(message.GetBuffer(), 0, (int)message.Length);
        process.StandardInput.BaseStream.Flush();
    }

    private string[] Receive(int count)
    {
        var answers = new string[count];
        var stream = process.StandardOutput.BaseStream;
        Span<byte> length = stackalloc byte[4];
        for (var i = 0; i < count; i++)
        {
            stream.ReadExactly(length);
            var word = new byte[BinaryPrimitives.ReadInt32BigEndian(length)];
            stream.ReadExactly(word);
            answers[i] = Encoding.UTF8.GetString(word);
        }
        return answers;
    }
}
