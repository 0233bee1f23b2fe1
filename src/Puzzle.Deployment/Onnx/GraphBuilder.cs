using System.Buffers.Binary;
using System.Globalization;
using Google.Protobuf;
using static Puzzle.Deployment.Onnx.TensorProto.Types;

namespace Puzzle.Deployment.Onnx;

/// <summary>Builds a graph node by node. Every result has a name of its own; large tensors go to the external data at once.</summary>
/// <param name="data">Takes the large tensors.</param>
internal sealed class GraphBuilder(ExternalDataWriter data)
{
    /// <summary>The domain of ONNX Runtime's own operators.</summary>
    public const string Contrib = "com.microsoft";

    private const long IrVersion = 10;
    // Shapes and other small constants are needed before external data is read.
    private const long ExternalFrom = 1024;
    private readonly GraphProto _graph = new() { Name = "decoder" };
    private readonly Dictionary<string, TensorProto> _initializers = new(StringComparer.Ordinal);
    private int _results;

    /// <summary>Declares an input.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="shape">A size or a symbol for each dimension.</param>
    public string Input(string name, DataType type, params ReadOnlySpan<Dimension> shape)
    {
        _graph.Input.Add(Value(name, type, shape));
        return name;
    }

    /// <summary>Declares an output, which some node makes.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="shape">A size or a symbol for each dimension.</param>
    public void Output(string name, DataType type, params ReadOnlySpan<Dimension> shape) => _graph.Output.Add(Value(name, type, shape));

    /// <summary>Adds a node of the standard operator set with one result.</summary>
    /// <returns>The result's name.</returns>
    public string Add(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        string result = NewName(operation);
        Add("", operation, inputs, [result], attributes);
        return result;
    }

    /// <summary>Adds a node of <see cref="Contrib"/> with one result.</summary>
    /// <returns>The result's name.</returns>
    public string AddContrib(string operation, ReadOnlySpan<string> inputs, params ReadOnlySpan<AttributeProto> attributes)
    {
        string result = NewName(operation);
        Add(Contrib, operation, inputs, [result], attributes);
        return result;
    }

    /// <summary>Adds a node.</summary>
    /// <param name="domain">The operator's domain; empty for the standard one.</param>
    /// <param name="operation">The operator.</param>
    /// <param name="inputs">Names; an empty one leaves an optional input out.</param>
    /// <param name="outputs">Names; an empty one leaves an optional output out.</param>
    /// <param name="attributes">The attributes.</param>
    public void Add(
        string domain, string operation, ReadOnlySpan<string> inputs, ReadOnlySpan<string> outputs,
            params ReadOnlySpan<AttributeProto> attributes)
    {
        var node = new NodeProto { Domain = domain, OpType = operation, Name = NewName("node") };
        node.Input.AddRange(inputs.ToArray());
        node.Output.AddRange(outputs.ToArray());
        node.Attribute.AddRange(attributes.ToArray());
        _graph.Node.Add(node);
    }

    /// <summary>Gives a name that no other result has.</summary>
    public string NewName(string stem) => string.Create(CultureInfo.InvariantCulture, $"{stem}_{_results++}");

    /// <summary>Adds a constant of 64-bit integers, [n].</summary>
    public string Constant(params ReadOnlySpan<long> values) => Constant([values.Length], values);

    /// <summary>Adds a 64-bit integer constant without dimensions.</summary>
    public string Scalar(long value) => Constant([], value);

    /// <summary>Adds a floating-point constant without dimensions.</summary>
    public string Number(double value, DataType type)
    {
        string name = NewName("number");
        using var bytes = new MemoryStream();
        Export.FloatBytes.Write(bytes, [(float)value], type, name);
        Initializer(name, type, []).RawData = ByteString.CopyFrom(bytes.ToArray());
        return name;
    }

    /// <summary>Adds a tensor unless one of this name is there.</summary>
    /// <param name="name">Its name.</param>
    /// <param name="type">Its element type.</param>
    /// <param name="shape">Its shape.</param>
    /// <param name="length">Its length in bytes.</param>
    /// <param name="write">Writes its bytes, little endian.</param>
    public string Tensor(string name, DataType type, ReadOnlySpan<long> shape, long length, Action<Stream> write)
    {
        if (_initializers.ContainsKey(name))
            return name;
        if (length >= ExternalFrom)
            return Tensor(name, type, shape, data.Append(length, write));
        TensorProto tensor = Initializer(name, type, shape);
        using var memory = new MemoryStream();
        write(memory);
        tensor.RawData = ByteString.CopyFrom(memory.ToArray());
        return name;
    }

    /// <summary>Adds a tensor whose bytes lie in a file already.</summary>
    public string Tensor(string name, DataType type, ReadOnlySpan<long> shape, DataRange range)
    {
        TensorProto tensor = Initializer(name, type, shape);
        tensor.DataLocation = DataLocation.External;
        AddEntry("location", range.Location);
        AddEntry("offset", range.Offset.ToString(CultureInfo.InvariantCulture));
        AddEntry("length", range.Length.ToString(CultureInfo.InvariantCulture));
        return name;

        void AddEntry(string key, string value) => tensor.ExternalData.Add(new StringStringEntryProto { Key = key, Value = value });
    }

    /// <summary>Adds a tensor of another shape over the bytes of one that is there.</summary>
    public string Reshaped(string name, string existing, params ReadOnlySpan<long> shape)
    {
        TensorProto tensor = _initializers[existing].Clone();
        tensor.Name = name;
        tensor.Dims.Clear();
        tensor.Dims.AddRange(shape.ToArray());
        _initializers.Add(name, tensor);
        _graph.Initializer.Add(tensor);
        return name;
    }

    /// <summary>Gives the whole model.</summary>
    /// <param name="operatorSet">The version of the standard operators.</param>
    /// <param name="metadata">Notes for readers.</param>
    public ModelProto Build(int operatorSet, params IEnumerable<KeyValuePair<string, string>> metadata)
    {
        var model = new ModelProto { IrVersion = IrVersion, ProducerName = "Puzzle.Sdk", Graph = _graph };
        model.OpsetImport.Add(new OperatorSetIdProto { Domain = "", Version = operatorSet });
        if (_graph.Node.Any(node => node.Domain == Contrib))
            model.OpsetImport.Add(new OperatorSetIdProto { Domain = Contrib, Version = 1 });
        model.MetadataProps.AddRange(metadata.Select(entry => new StringStringEntryProto { Key = entry.Key, Value = entry.Value }));
        return model;
    }

    private string Constant(ReadOnlySpan<long> shape, params ReadOnlySpan<long> values)
    {
        string name = NewName("constant");
        byte[] bytes = new byte[values.Length * sizeof(long)];
        for (int i = 0; i < values.Length; i++)
            BinaryPrimitives.WriteInt64LittleEndian(bytes.AsSpan(i * sizeof(long)), values[i]);
        Initializer(name, DataType.Int64, shape).RawData = ByteString.CopyFrom(bytes);
        return name;
    }

    private TensorProto Initializer(string name, DataType type, ReadOnlySpan<long> shape)
    {
        var tensor = new TensorProto { Name = name, DataType = (int)type };
        tensor.Dims.AddRange(shape.ToArray());
        _initializers.Add(name, tensor);
        _graph.Initializer.Add(tensor);
        return tensor;
    }

    private static ValueInfoProto Value(string name, DataType type, ReadOnlySpan<Dimension> shape)
    {
        var dimensions = new TensorShapeProto();
        foreach (Dimension dimension in shape)
            dimensions.Dim.Add(dimension.ToProto());
        return new ValueInfoProto
        {
            Name = name,
            Type = new TypeProto { TensorType = new TypeProto.Types.Tensor { ElemType = (int)type, Shape = dimensions } },
        };
    }
}
