using Puzzle.Native;
using TorchSharp;
using static TorchSharp.torch;

namespace Puzzle.Distillation.Training;

/// <summary>
/// Muon (Jordan et al., 2024): the momentum of a hidden matrix is brought near an orthogonal matrix by Newton-Schulz steps,
/// so that all its directions move alike. Other weights keep AdamW. Scaled as in "Muon is Scalable for LLM Training"
/// (arXiv 2502.16982, equation 4), so that AdamW's learning rates and weight decay apply.
/// </summary>
internal sealed class Muon : TorchAdamW
{
    // Both are the authors': five steps bring singular values into 0.7 to 1.2, which is near enough.
    private const float Momentum = 0.95f;
    private const int NewtonSchulzSteps = 5;

    // The root mean square of AdamW's updates, as the second paper measured it.
    private const double UpdateSize = 0.2;

    private readonly HashSet<Tensor> _hidden;
    private readonly int _workers;

    /// <param name="parameters">All weights.</param>
    /// <param name="hidden">The matrices among them that are updated by Muon: those of layers, not embeddings or heads.</param>
    /// <param name="options">The constants of AdamW, and the weight decay of all.</param>
    /// <param name="workers">Matrices that are updated side by side; no part of the result.</param>
    public Muon(IReadOnlyList<Tensor> parameters, IEnumerable<Tensor> hidden, AdamWOptions options, int workers)
        : base(parameters, options)
    {
        _hidden = new HashSet<Tensor>(hidden, ReferenceEqualityComparer.Instance);
        _workers = workers;
    }

    /// <summary>Brings a matrix near the orthogonal one of the same singular vectors: its singular values near one.</summary>
    /// <param name="matrix">[rows, columns], 32-bit.</param>
    public static Tensor Orthogonalize(Tensor matrix)
    {
        using var scope = NewDisposeScope();
        // The quintic of the authors: steepest at zero, so that few steps are needed.
        using Scalar tiny = 1e-12f.ToScalar(), a = 3.4445f.ToScalar(), b = (-4.7750f).ToScalar(), c = 2.0315f.ToScalar();
        bool tall = matrix.size(0) > matrix.size(1);
        Tensor x = tall ? matrix.t() : matrix;
        x = x.div(x.norm().add(tiny, Scalars.One));
        for (int step = 0; step < NewtonSchulzSteps; step++)
        {
            Tensor gram = x.matmul(x.t());
            Tensor polynomial = gram.mul(b).add_(gram.matmul(gram), c);
            x = x.mul(a).add_(polynomial.matmul(x), Scalars.One);
        }
        return (tall ? x.t() : x).MoveToOuterDisposeScope();
    }

    protected override void Update(FlatGradients gradients, in AdamWStep step)
    {
        AdamWStep numbers = step;
        long[] offsets = new long[Parameters.Count];
        for (int i = 1; i < offsets.Length; i++)
            offsets[i] = offsets[i - 1] + Parameters[i - 1].numel();
        TorchWorkers.ForEach(_workers, [.. Enumerable.Range(0, offsets.Length)], i =>
        {
            using var noGradients = no_grad();
            Update(Parameters[i], gradients.Buffer, offsets[i], numbers);
        }, CancellationToken.None);
    }

    protected override void Update(Tensor parameter, Tensor gradients, long offset, in AdamWStep step)
    {
        if (!_hidden.Contains(parameter))
        {
            base.Update(parameter, gradients, offset, step);
            return;
        }
        double size = UpdateSize * Math.Sqrt(Math.Max(parameter.size(0), parameter.size(1)));
        using Scalar momentum = Momentum.ToScalar(), rest = ((1 - Momentum) * step.Scale).ToScalar();
        using Scalar decay = step.Decay.ToScalar(), rate = (-step.LearningRate * size).ToScalar();
        Tensor gradient = gradients.narrow(0, offset, parameter.numel());
        Tensor first = FirstMoments.narrow(0, offset, parameter.numel()).mul_(momentum).add_(gradient, rest);
        Tensor ahead = first.mul(momentum).add_(gradient, rest).view(parameter.shape);
        parameter.mul_(decay).add_(Orthogonalize(ahead), rate);
    }
}
