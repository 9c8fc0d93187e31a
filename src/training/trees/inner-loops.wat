;; The inner loops of tree training: most of the time is spent here. What JavaScript makes of the same loops takes two to three times
;; as long, since it looks at every access whether it is inside its array. All arguments are bytes: where things begin and how long
;; they are. After a change: npx vitest run test/training/trees/inner-loops.test.ts -u
(module
  (import "memory" "memory" (memory 1 65536 shared))

  ;; Adds the number of every row to the bins that the row is in. Four places of a row are packed in a word, each place has 256 bins
  ;; of 8 bytes.
  (func (export "addToBins")
    (param $words i32)      ;; the first word of row 0 that is wanted
    (param $rowBytes i32)   ;; from one row's word to the next row's
    (param $groupBytes i32) ;; wanted of each row, at least one word
    (param $numbers i32)    ;; one for each row that is wanted
    (param $index i32)      ;; which rows these are
    (param $indexEnd i32)
    (param $histogram i32)
    (result i32)            ;; means nothing; it keeps the compiler from leaving out what only fills the cache
    (local $number f64) (local $at i32) (local $end i32) (local $word i32) (local $bins i32) (local $bin i32)
    (local $next i32) (local $blockEnd i32) (local $seen i32)

    (if (i32.ge_u (local.get $index) (local.get $indexEnd)) (then (return (i32.const 0))))
    (loop $block
      (local.set $blockEnd (i32.add (local.get $index) (i32.const 128)))
      (if (i32.gt_u (local.get $blockEnd) (local.get $indexEnd)) (then (local.set $blockEnd (local.get $indexEnd))))

      ;; The rows of a small leaf lie far apart, and the sums leave a processor no room to look ahead: it would wait for each row's
      ;; memory. Reading 32 rows first, and nothing else, it waits for all of them at once.
      (local.set $next (local.get $index))
      (loop $touch
        (local.set $at (i32.add (local.get $words) (i32.mul (i32.load (local.get $next)) (local.get $rowBytes))))
        (local.set $end (i32.add (local.get $at) (local.get $groupBytes)))
        (loop $line
          (local.set $seen (i32.xor (local.get $seen) (i32.load (local.get $at))))
          (local.set $at (i32.add (local.get $at) (i32.const 64)))
          (br_if $line (i32.lt_u (local.get $at) (local.get $end))))
        (local.set $next (i32.add (local.get $next) (i32.const 4)))
        (br_if $touch (i32.lt_u (local.get $next) (local.get $blockEnd))))

      (loop $row
        (local.set $number (f64.load (local.get $numbers)))
        (local.set $at (i32.add (local.get $words) (i32.mul (i32.load (local.get $index)) (local.get $rowBytes))))
        (local.set $end (i32.add (local.get $at) (local.get $groupBytes)))
        (local.set $bins (local.get $histogram))
        (loop $place
          (local.set $word (i32.load (local.get $at)))

          (local.set $bin (i32.add (local.get $bins) (i32.shl (i32.and (local.get $word) (i32.const 255)) (i32.const 3))))
          (f64.store (local.get $bin) (f64.add (f64.load (local.get $bin)) (local.get $number)))
          ;; 2040 is 255 · 8: shifted by three less than a whole byte, a bin is an address already.
          (local.set $bin (i32.add (local.get $bins) (i32.and (i32.shr_u (local.get $word) (i32.const 5)) (i32.const 2040))))
          (f64.store offset=2048 (local.get $bin) (f64.add (f64.load offset=2048 (local.get $bin)) (local.get $number)))
          (local.set $bin (i32.add (local.get $bins) (i32.and (i32.shr_u (local.get $word) (i32.const 13)) (i32.const 2040))))
          (f64.store offset=4096 (local.get $bin) (f64.add (f64.load offset=4096 (local.get $bin)) (local.get $number)))
          (local.set $bin (i32.add (local.get $bins) (i32.and (i32.shr_u (local.get $word) (i32.const 21)) (i32.const 2040))))
          (f64.store offset=6144 (local.get $bin) (f64.add (f64.load offset=6144 (local.get $bin)) (local.get $number)))

          (local.set $bins (i32.add (local.get $bins) (i32.const 8192)))
          (local.set $at (i32.add (local.get $at) (i32.const 4)))
          (br_if $place (i32.lt_u (local.get $at) (local.get $end))))
        (local.set $numbers (i32.add (local.get $numbers) (i32.const 8)))
        (local.set $index (i32.add (local.get $index) (i32.const 4)))
        (br_if $row (i32.lt_u (local.get $index) (local.get $blockEnd))))
      (br_if $block (i32.lt_u (local.get $index) (local.get $indexEnd))))
    (local.get $seen))

  ;; Puts each row of a leaf to the lefts or to the rights, in their order, and answers how many bytes of lefts there are. A row is
  ;; written to both, and one of them goes on: there is nothing for the processor to guess.
  (func (export "divide")
    (param $index i32)
    (param $indexEnd i32)
    (param $column i32)     ;; the bin of each row, a byte
    (param $goesLeft i32)   ;; 1 or 0 for each bin, a byte
    (param $lefts i32)
    (param $rights i32)
    (result i32)
    (local $row i32) (local $left i32) (local $first i32)

    (local.set $first (local.get $lefts))
    (if (i32.lt_u (local.get $index) (local.get $indexEnd)) (then
      (loop $next
        (local.set $row (i32.load (local.get $index)))
        (local.set $left
          (i32.shl (i32.load8_u (i32.add (local.get $goesLeft) (i32.load8_u (i32.add (local.get $column) (local.get $row))))) (i32.const 2)))
        (i32.store (local.get $lefts) (local.get $row))
        (i32.store (local.get $rights) (local.get $row))
        (local.set $lefts (i32.add (local.get $lefts) (local.get $left)))
        (local.set $rights (i32.sub (i32.add (local.get $rights) (i32.const 4)) (local.get $left)))
        (local.set $index (i32.add (local.get $index) (i32.const 4)))
        (br_if $next (i32.lt_u (local.get $index) (local.get $indexEnd))))))
    (i32.sub (local.get $lefts) (local.get $first))))
