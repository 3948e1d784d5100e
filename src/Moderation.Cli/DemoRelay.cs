// The signing key of the demo platform's SFU: made on first use in the data folder of the run, trusted by its vault.
using System.Security.Cryptography;
using Moderation.Evidence;

namespace Moderation.Cli;

public static class DemoRelay
{
    /// <summary>The caller disposes it.</summary>
    public static CoseSigner ReadOrMake(ServerAddress server) =>
        ReadOrMake(
            server.Data
                ?? throw new VerbException(
                    ExitCode.Usage,
                    "--attested needs a run on this machine, whose vault trusts the demo relay; set MODERATION_DATA"
                )
        );

    public static CoseSigner ReadOrMake(string data)
    {
        var path = Path.Combine(data, "demo", "relay.key");
        if (!File.Exists(path))
        {
            using var made = CoseSigner.Generate();
            PrivateFile.Write(path, Convert.ToHexStringLower(made.ExportPrivateKey()) + "\n");
        }
        var seed = PrivateFile.ReadHex(path, 32);
        try
        {
            return CoseSigner.Import(CoseAlgorithm.Ed25519, seed);
        }
        finally
        {
            CryptographicOperations.ZeroMemory(seed);
        }
    }
}
